/// What went wrong between us and the broker.
public struct MessagingError: Error, Equatable, CustomStringConvertible {
    /// The kind of an error. New kinds may be added.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Value: String {
            case unavailable, timedOut, connectionLost, blocked, channelClosed, refused, invalid, configuration, closed
        }

        private let value: Value
        private init(_ value: Value) { self.value = value }

        /// There was no connection for as long as the caller was ready to wait. Nothing was sent.
        public static let unavailable = Code(.unavailable)
        /// The broker did not answer in time. What was sent may or may not have arrived.
        public static let timedOut = Code(.timedOut)
        /// The connection was lost before the broker answered. What was sent may or may not have arrived.
        public static let connectionLost = Code(.connectionLost)
        /// The broker takes no publishes for the moment (a memory or disk alarm). Nothing was sent.
        public static let blocked = Code(.blocked)
        /// The broker closed the channel, as it does when an exchange is missing. What was sent may or may not have arrived.
        public static let channelClosed = Code(.channelClosed)
        /// The broker refused an operation: no such queue, another shape, no permission. Trying again changes nothing.
        public static let refused = Code(.refused)
        /// A publication that cannot be sent: too large, or a name too long. Nothing was sent.
        public static let invalid = Code(.invalid)
        /// The configuration is wrong.
        public static let configuration = Code(.configuration)
        /// The broker client was closed.
        public static let closed = Code(.closed)

        public var description: String { value.rawValue }
    }

    public let code: Code
    /// What was wrong and what to do, without personal data.
    public let message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Whether the same call may succeed later with nothing changed but the broker's state.
    public var isRetriable: Bool {
        [.unavailable, .timedOut, .connectionLost, .blocked, .channelClosed].contains(code)
    }

    /// Whether what was published may have arrived all the same: publish it again with the same ids.
    public var outcomeUnknown: Bool { [.timedOut, .connectionLost, .channelClosed].contains(code) }

    public var description: String { "\(code): \(message)" }
}
