/// A work queue: the types it handles and the bounds it is worked within.
public struct Queue: Hashable, Sendable {
    /// The queue's name in the broker, and the worker's.
    public var name: String
    /// The message types it is bound to.
    public var handles: [String]
    /// The most messages handled together.
    public var batch: Int
    /// How long a batch that is not full waits for its next message; five times as long at most from its first.
    public var linger: Duration
    /// The most messages one work loop holds unacknowledged.
    public var prefetch: Int
    /// The most messages the queue takes before it refuses publishes.
    public var length: Int
    /// The delays of a message's retries, one after another; past the last one it is a dead letter.
    public var ladder: [Delay]
    /// Work loops in one process.
    public var parallel: Int
    /// Where its dead letters go.
    public var deadLetterQueue: String

    /// How often the broker delivers a message before it makes it a dead letter on its own.
    public let deliveryLimit = 20

    /// - Parameter deadLetterQueue: `<name>.dead` where nil.
    public init(
        name: String, handles: [String], batch: Int = 256, linger: Duration = .milliseconds(5), prefetch: Int = 1024,
        length: Int = 2_000_000, ladder: [Delay] = [], parallel: Int = 1, deadLetterQueue: String? = nil
    ) {
        self.name = name
        self.handles = handles
        self.batch = batch
        self.linger = linger
        self.prefetch = prefetch
        self.length = length
        self.ladder = ladder
        self.parallel = parallel
        self.deadLetterQueue = deadLetterQueue ?? name + ".dead"
    }
}
