internal import Reactor
internal import Synchronization

/// A subscription's channel, session after session. Lives on the consuming connection's thread.
final class Consumer {
    let core: SubscriptionCore
    /// The channel's number while it is open.
    var channel: UInt16?
    /// Which opening of the channel this is.
    var session: UInt64 = 0
    var plan = SettlementPlan()
    /// What came since the last look, not yet in the buffer.
    var arrived: [Delivery] = []
    /// When the buffer is to be looked at again.
    var wakeup: Reactor.Timer?
    /// When to open the channel again.
    var reopening: Reactor.Timer?
    var backoff: Backoff
    /// Who waits for it to be stopped.
    var stopping: Pending<Void>?
    var isCancelled = false

    init(_ core: SubscriptionCore, _ configuration: BrokerConfiguration) {
        self.core = core
        backoff = Backoff(shortest: configuration.shortestBackoff, longest: configuration.longestBackoff)
    }

    func arrived(_ content: Content) {
        plan.delivered(content.deliveryTag)
        arrived.append(Delivery(tag: Delivery.Tag(session: session, number: content.deliveryTag), content: content))
    }

    /// The channel is gone, and with it what it brought.
    func closed() {
        channel = nil
        core.isConsuming.store(false, ordering: .releasing)
        plan = SettlementPlan()
        arrived = []
        core.buffer.withLock { _ = $0.drain() }
    }
}
