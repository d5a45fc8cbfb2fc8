public import Logging
public import Topology

/// A pair of connections to the broker, one to publish and one to consume, each on a thread of its own. They are opened when
/// first needed, kept alive while idle, and made anew when lost.
public final class Broker: Sendable {
    /// Connects nothing yet.
    public init(configuration: BrokerConfiguration, logger: Logger) {
        fatalError("not built yet")
    }

    /// How the publishing side stands. Asking opens no connection.
    public var state: BrokerState { fatalError("not built yet") }

    /// Opens the publishing side without waiting for it.
    public func connect() { fatalError("not built yet") }

    /// A publisher; all of them share the connection and its window.
    public func publisher() -> Publisher { fatalError("not built yet") }

    /// Consumes a queue on a channel of its own; again after a reconnect, and after the broker cancelled it (a deleted queue that came back).
    /// - Parameter prefetch: the most messages held unacknowledged, 1 to 65,535.
    public func subscribe(to queue: String, prefetch: Int) -> Subscription { fatalError("not built yet") }

    /// Closes both connections: what was not acknowledged is delivered again, elsewhere or later. Takes at most a few seconds.
    public func close() async { fatalError("not built yet") }

    /// Declares everything: exchanges, queues, bindings; takes away bindings of the topology's types that a queue handles no more.
    /// - Throws: ``MessagingError``; `refused` where something of that name has another shape.
    public func apply(_ topology: Topology) async throws(MessagingError) { fatalError("not built yet") }

    /// What of the topology is missing in the broker or has another shape, in words; empty where all is as it should be.
    /// Bindings can't be seen from here.
    public func check(_ topology: Topology) async throws(MessagingError) -> [String] { fatalError("not built yet") }

    /// The messages ready in a queue, and its consumers.
    /// - Throws: ``MessagingError``; `refused` where there is no such queue.
    public func depth(of queue: String) async throws(MessagingError) -> (messages: Int, consumers: Int) { fatalError("not built yet") }

    /// Throws away what is ready in a queue. Returns how much that was.
    @discardableResult
    public func purge(_ queue: String) async throws(MessagingError) -> Int { fatalError("not built yet") }

    /// Deletes a queue and what is in it.
    public func delete(queue: String) async throws(MessagingError) { fatalError("not built yet") }
}
