public import FoundationEssentials

/// A message as a worker sees it.
public struct Received<Input: Sendable>: Sendable {
    /// The message's id; see ``MessageID``.
    public let id: UUID
    /// The message's type, for instance `order.placed`.
    public let type: String
    /// The order that the message is about, if it names one.
    public let order: UUID?
    /// Which attempt this is, from 1.
    public let attempt: Int
    /// When the message was first published, to the second.
    public let publishedAt: Date
    /// The time to decide by: one for the whole batch.
    public let now: Date
    public let input: Input
    /// The body as it came.
    public let body: [UInt8]

    public init(
        id: UUID, type: String, order: UUID?, attempt: Int = 1, publishedAt: Date, now: Date, input: Input, body: [UInt8] = []
    ) {
        self.id = id
        self.type = type
        self.order = order
        self.attempt = attempt
        self.publishedAt = publishedAt
        self.now = now
        self.input = input
        self.body = body
    }
}
