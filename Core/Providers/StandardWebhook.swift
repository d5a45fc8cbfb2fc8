internal import Crypto
public import FoundationEssentials

/// Signs webhooks and believes them, as Standard Webhooks 1.0 has it: HMAC-SHA256 over `id.timestamp.body`.
///
/// During a rotation there are two secrets or more: a sender signs with all, a receiver accepts any.
public struct StandardWebhook: Sendable {
    /// How far a message's time may lie from ours, in seconds, either way.
    public static let toleranceSeconds = 300

    private let keys: [SymmetricKey]

    /// - Parameter secrets: each `whsec_` and Base64 of 24 to 64 bytes; the prefix may be missing.
    public init(secrets: [String]) throws(VerificationError) {
        guard !secrets.isEmpty else { throw VerificationError(.missing, "a webhook needs a secret") }
        var keys: [SymmetricKey] = []
        for secret in secrets {
            let text = secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret
            guard let bytes = Data(base64Encoded: text), (24...64).contains(bytes.count) else {
                throw VerificationError(.unreadable, "a webhook's secret is Base64 of 24 to 64 bytes, after whsec_")
            }
            keys.append(SymmetricKey(data: bytes))
        }
        self.keys = keys
    }

    /// A new secret of 32 random bytes.
    public static func newSecret() -> String {
        let key = SymmetricKey(size: .bits256)
        return "whsec_" + key.withUnsafeBytes { Data($0) }.base64EncodedString()
    }

    /// The headers of one attempt to deliver.
    /// - Parameters:
    ///   - id: the event's, the same on every attempt, without a dot.
    ///   - at: the attempt's time.
    public func headers(id: String, at: Date, body: [UInt8]) -> [(name: String, value: String)] {
        let timestamp = String(Int64(at.timeIntervalSince1970.rounded(.down)))
        let signatures = keys.map { "v1," + Data(code(id, timestamp, body, $0)).base64EncodedString() }
        return [("webhook-id", id), ("webhook-timestamp", timestamp), ("webhook-signature", signatures.joined(separator: " "))]
    }

    /// Checks what came. Unknown versions among the signatures are passed over.
    /// - Parameters:
    ///   - header: the value of a header by name, in any case; nil where absent.
    ///   - body: the raw bytes received.
    /// - Returns: the event's id, by which a repeat is recognised.
    @discardableResult
    public func verify(header: (String) -> String?, body: [UInt8], now: Date) throws(VerificationError) -> String {
        guard let id = header("webhook-id"), !id.isEmpty, !id.contains(".") else {
            throw VerificationError(.missing, "webhook-id is missing")
        }
        guard let timestamp = header("webhook-timestamp"), let seconds = Int64(timestamp) else {
            throw VerificationError(.missing, "webhook-timestamp is missing or no number of seconds")
        }
        guard let signatures = header("webhook-signature") else { throw VerificationError(.missing, "webhook-signature is missing") }
        guard abs(Double(seconds) - now.timeIntervalSince1970) <= Double(Self.toleranceSeconds) else {
            throw VerificationError(.stale, "its time is more than \(Self.toleranceSeconds) s from ours")
        }
        let expected = keys.map { Array(code(id, timestamp, body, $0)) }
        var isGenuine = false
        for entry in signatures.split(separator: " ").prefix(16) {
            let parts = entry.split(separator: ",", maxSplits: 1)
            guard parts.count == 2, parts[0] == "v1", let given = Data(base64Encoded: String(parts[1])) else { continue }
            for code in expected where isEqualInConstantTime(given, code) { isGenuine = true }
        }
        guard isGenuine else { throw VerificationError(.badSignature, "no signature belongs to the body") }
        return id
    }

    private func code(_ id: String, _ timestamp: String, _ body: [UInt8], _ key: SymmetricKey) -> HMAC<SHA256>.MAC {
        HMAC<SHA256>.authenticationCode(for: Array("\(id).\(timestamp).".utf8) + body, using: key)
    }
}
