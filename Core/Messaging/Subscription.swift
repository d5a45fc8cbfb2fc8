internal import Synchronization

/// The messages of one queue, taken in batches and acknowledged when their effect is safe.
public final class Subscription: Sendable {
    /// The queue's name.
    public var queue: String { core.queue }

    /// Whether the broker delivers to it: false before the first answer, between sessions, and once stopped.
    public var isConsuming: Bool { core.isConsuming.load(ordering: .acquiring) }

    private let broker: Broker
    private let core: SubscriptionCore
    private let waits = Atomic<UInt64>(0)

    init(_ broker: Broker, _ core: SubscriptionCore) {
        self.broker = broker
        self.core = core
    }

    /// Waits for the first message, through reconnects, then until `limit` are there, no other has come for `linger`, or the first has
    /// waited five times as long.
    /// Empty when the subscription was stopped, the broker closed or the calling task cancelled.
    public func next(limit: Int, linger: Duration) async -> [Delivery] {
        precondition(limit > 0, "a batch has at least one message")
        if let batch = core.buffer.withLock({ $0.take(limit: limit, linger: linger, now: .now) }) { return batch }
        let number = waits.add(1, ordering: .relaxed).newValue
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiter in
                let action = core.buffer.withLock {
                    $0.wait(number: number, limit: limit, linger: linger, waiter: waiter, now: .now)
                }
                for batch in action.batches { batch.waiter.resume(returning: batch.deliveries) }
                if let time = action.wakeAt { _ = broker.consuming.post(.wake(core, at: time)) }
                // Cancelled before the wait was known, the handler below found nothing to end.
                if Task.isCancelled { cancel(number) }
            }
        } onCancel: {
            cancel(number)
        }
    }

    private func cancel(_ number: UInt64) {
        core.buffer.withLock { $0.cancel(number: number) }?.resume(returning: [])
    }

    /// Tells the broker that these are done, with as few frames as their order allows. Those of an older session are ignored: the
    /// broker delivers them again.
    public func acknowledge(_ deliveries: [Delivery]) async {
        settle(deliveries, .acknowledged)
    }

    /// Gives these back: to be delivered again at once, or to the dead letter queue.
    public func reject(_ deliveries: [Delivery], requeue: Bool) async {
        settle(deliveries, .rejected(requeue: requeue))
    }

    private func settle(_ deliveries: [Delivery], _ settlement: Settlement) {
        guard !deliveries.isEmpty else { return }
        _ = broker.consuming.post(.settle(core, deliveries.map(\.tag), settlement))
    }

    /// Takes no more: ``next(limit:linger:)`` returns empty from now on, what was buffered goes back to the queue, and what was taken
    /// can still be acknowledged. Returns when the broker has heard, or after five seconds.
    public func stop() async {
        for waiter in core.buffer.withLock({ $0.stop() }) { waiter.resume(returning: []) }
        let (consuming, core) = (broker.consuming, core)
        _ = try? await Pending<Void>.answer(within: .seconds(5)) {
            MessagingError(.timedOut, "no answer to a cancel")
        } _: { pending in
            if !consuming.post(.stop(core, pending)) { pending.finish(.success(())) }
        }
    }
}
