/// Why a message that claims to come from an outside party is not believed.
public struct VerificationError: Error, Sendable, Equatable, CustomStringConvertible {
    public enum Reason: String, Sendable, Equatable {
        /// A header or field that the signature needs is absent or malformed.
        case missing
        /// Its time lies outside the tolerance: an old message sent again, or a clock that is wrong.
        case stale
        /// It names a key that is not known here.
        case unknownKey = "unknown_key"
        /// The signature does not belong to these bytes.
        case badSignature = "bad_signature"
        /// Genuine, or not to be judged, but not what the protocol says.
        case unreadable
    }

    public let reason: Reason
    /// In words, without any of the message's content.
    public let message: String

    public init(_ reason: Reason, _ message: String) {
        self.reason = reason
        self.message = message
    }

    public var description: String { "\(reason.rawValue): \(message)" }
}
