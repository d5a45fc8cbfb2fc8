/// The messages of one queue, taken in batches and acknowledged when their effect is safe.
public final class Subscription: Sendable {
    /// The queue's name.
    public let queue: String

    init(queue: String) { self.queue = queue }

    /// Waits for the first message, through reconnects, then until `limit` are there or the first has waited `linger`.
    /// Empty when the subscription was stopped, the broker closed or the calling task cancelled.
    public func next(limit: Int, linger: Duration) async -> [Delivery] { fatalError("not built yet") }

    /// Tells the broker that these are done, with as few frames as their order allows. Those of an older session are ignored: the
    /// broker delivers them again.
    public func acknowledge(_ deliveries: [Delivery]) async { fatalError("not built yet") }

    /// Gives these back: to be delivered again at once, or to the dead letter queue.
    public func reject(_ deliveries: [Delivery], requeue: Bool) async { fatalError("not built yet") }

    /// Takes no more: ``next(limit:linger:)`` returns empty from now on, what was buffered goes back to the queue, and what was taken
    /// can still be acknowledged. Returns when the broker has heard, or cannot be reached.
    public func stop() async { fatalError("not built yet") }
}
