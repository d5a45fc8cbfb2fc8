public import HTTPClient

/// Why a call to an outside party did not bring what was asked for, and what may be done about it.
public struct ProviderError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The class of a failure: it decides what the caller does next.
    public enum Kind: Sendable, Equatable {
        /// The party could not be reached, or says that it is out of service: nothing was done, and others will fare the same.
        case away
        /// A failure of theirs that may pass: try again, with the same keys.
        case transient(retryAfter: Duration?)
        /// Too many calls: try again after the time, without counting it as a failure.
        case throttled(retryAfter: Duration?)
        /// A decision of theirs, or a fault of the request: trying again changes nothing.
        case refused(code: String, message: String)
        /// Nothing of this kind will go through before an operator acts: signature, key, permission, balance, subscription.
        case blocked(code: String, message: String)
        /// The request may have arrived and been acted on, but no trustworthy answer came: ask, or repeat with the same keys.
        case unknown
    }

    /// Whom the call went to: `wechat`, `kuaidi100`, `aliyun_sms`.
    public let party: String
    public let kind: Kind
    /// What happened, in words, without personal data.
    public let message: String

    public init(party: String, kind: Kind, message: String) {
        self.party = party
        self.kind = kind
        self.message = message
    }

    /// The failure of the transport.
    public init(party: String, _ error: HTTPError) {
        let kind: Kind =
            switch error.code {
            case .invalidRequest, .refusedAddress: .refused(code: "\(error.code)", message: error.message)
            case .busy, .closed: .transient(retryAfter: nil)
            default: error.mayHaveArrived ? .unknown : error.code == .cancelled ? .transient(retryAfter: nil) : .away
            }
        self.init(party: party, kind: kind, message: error.message)
    }

    /// Whether the same call may succeed later.
    public var isTransient: Bool {
        switch kind {
        case .away, .transient, .throttled, .unknown: true
        case .refused, .blocked: false
        }
    }

    /// How long the party asked to be left alone, if it did.
    public var retryAfter: Duration? {
        switch kind {
        case .transient(let time), .throttled(let time): time
        default: nil
        }
    }

    public var description: String {
        switch kind {
        case .refused(let code, _), .blocked(let code, _): "\(party): \(code): \(message)"
        default: "\(party): \(message)"
        }
    }
}
