public import FoundationEssentials

/// What a row of history names: the message that made it, and when.
public struct Stamp: Sendable, Equatable {
    /// The message.
    public let message: UUID
    /// When.
    public let at: Date

    public init(message: UUID, at: Date) {
        self.message = message
        self.at = at
    }
}

/// Something with the message that made it.
public struct Stamped<Value: Sendable>: Sendable {
    /// The value.
    public let value: Value
    /// The message that made it, and when.
    public let stamp: Stamp

    public init(_ value: Value, _ stamp: Stamp) {
        self.value = value
        self.stamp = stamp
    }
}

extension Array {
    /// The time of a batch: it has one for all its messages.
    func time<Value: Sendable>() -> Date where Element == Stamped<Value> { first?.stamp.at ?? .distantPast }
}
