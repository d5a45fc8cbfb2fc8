public import Logging
internal import Reactor
internal import Synchronization

/// A pair of connections to the broker, one to publish and one to consume, each on a thread of its own. They are opened when
/// first needed, kept alive while idle, and made anew when lost.
public final class Broker: Sendable {
    let configuration: BrokerConfiguration
    let stateBox = StateBox()
    let publishing: ConnectionThread<PublishSide>
    let consuming: ConnectionThread<ConsumeSide>
    private let publishers = Mutex(0)
    private let publishGuard: CallGuard
    private let consumeGuard: CallGuard

    /// Connects nothing yet.
    public init(configuration: BrokerConfiguration, logger: Logger) {
        self.configuration = configuration
        let (stateBox, publishGuard, consumeGuard) = (
            stateBox, CallGuard(limit: configuration.heartbeat * 2), CallGuard(limit: configuration.heartbeat * 2)
        )
        self.publishGuard = publishGuard
        self.consumeGuard = consumeGuard
        publishing = ConnectionThread(name: "amqp-publish") { reactor in
            let (configuration, logger) = Broker.labelled(configuration, logger, "publish")
            return PublishSide(Link(configuration, reactor: reactor, callGuard: publishGuard, logger: logger), stateBox)
        }
        consuming = ConnectionThread(name: "amqp-consume") { reactor in
            let (configuration, logger) = Broker.labelled(configuration, logger, "consume")
            return ConsumeSide(Link(configuration, reactor: reactor, callGuard: consumeGuard, logger: logger), logger: logger)
        }
    }

    deinit {
        // Whoever forgets to close must not leave threads and connections behind.
        _ = publishing.post(.close(nil), isLast: true)
        _ = consuming.post(.close(nil), isLast: true)
    }

    private static func labelled(
        _ configuration: BrokerConfiguration, _ logger: Logger, _ direction: String
    ) -> (BrokerConfiguration, Logger) {
        var (configuration, logger) = (configuration, logger)
        configuration.name += " \(direction)"
        logger[metadataKey: "connection"] = "\(direction)"
        return (configuration, logger)
    }

    /// How the publishing side stands. Asking opens no connection.
    public var state: BrokerState { stateBox.value }

    /// Opens the publishing side without waiting for it.
    public func connect() { _ = publishing.post(.connect) }

    /// A publisher: a channel of its own on the publishing connection, with a window of its own.
    public func publisher() -> Publisher {
        let count = publishers.withLock { count in
            defer { count += 1 }
            return count
        }
        return Publisher(self, channel: UInt16(count % Int(PublishSide.channelLimit)) + 1)
    }

    /// Consumes a queue on a channel of its own; again after a reconnect, and after the broker cancelled it (a deleted queue that came back).
    ///
    /// A quorum queue that is deleted and declared again within some milliseconds is consumed on by the broker itself, which then takes
    /// the new queue's messages for old ones and holds them back until the channel ends (RabbitMQ 3.10): don't do that.
    /// - Parameter prefetch: the most messages held unacknowledged, 1 to 65,535.
    public func subscribe(to queue: String, prefetch: Int) -> Subscription {
        precondition((1...65_535).contains(prefetch), "a prefetch is 1 to 65,535")
        let core = SubscriptionCore(queue: queue, prefetch: prefetch)
        if !consuming.post(.subscribe(core)) { _ = core.buffer.withLock { $0.stop() } }
        return Subscription(self, core)
    }

    /// Closes both connections: what was not acknowledged is delivered again, elsewhere or later. Takes at most five seconds.
    public func close() async {
        async let first: Void = close(publishing, publishGuard) { .close($0) }
        async let second: Void = close(consuming, consumeGuard) { .close($0) }
        _ = await (first, second)
    }

    private func close<Side: ConnectionSide>(
        _ thread: ConnectionThread<Side>, _ callGuard: CallGuard, _ command: @Sendable (Pending<Void>) -> Side.Command
    ) async {
        do throws(MessagingError) {
            try await Pending<Void>.answer(within: .seconds(5)) {
                MessagingError(.timedOut, "the connection's thread is stuck in a call")
            } _: { pending in
                if !thread.post(command(pending), isLast: true) { pending.finish(.success(())) }
            }
        } catch {
            callGuard.cut()
        }
    }
}
