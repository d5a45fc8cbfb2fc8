public import FoundationEssentials

/// A message that another one causes. Its id is derived from its cause's, so that a repeat is recognised downstream.
public struct Cause: Sendable {
    /// The message's type, its routing key.
    public let type: String
    /// The order that it is about.
    public let order: UUID?
    /// The body: a JSON text.
    public let body: [UInt8]
    /// When it is to be published; nil for at once. Until then it is kept in the table `timers`.
    public let due: Date?

    public init(_ type: String, order: UUID?, body: [UInt8], due: Date? = nil) {
        self.type = type
        self.order = order
        self.body = body
        self.due = due
    }
}
