import Crypto
import FoundationEssentials

/// The receiver's side of Standard Webhooks (standardwebhooks.com): symmetric signatures, version `v1`.
struct WebhookSeal: Sendable {
    private let key: SymmetricKey

    /// How far a sender's clock may be off, in seconds.
    static let tolerance: Int64 = 300

    /// - Parameter secret: `whsec_` and Base64 of at least 24 bytes.
    /// - Returns: nil where it isn't that.
    init?(secret: String) {
        let text = secret.hasPrefix("whsec_") ? String(secret.dropFirst(6)) : secret
        guard let bytes = Data(base64Encoded: text), bytes.count >= 24 else { return nil }
        key = SymmetricKey(data: bytes)
    }

    /// Why a webhook is refused.
    struct Refusal: Error, Equatable {
        let message: String
    }

    /// Verifies a webhook.
    /// - Returns: its id, which every repeat of it has too.
    func verify(_ call: Call) throws(Refusal) -> String {
        guard let id = call.headers["webhook-id"], let timestamp = call.headers["webhook-timestamp"],
            let signatures = call.headers["webhook-signature"], !id.isEmpty, !id.contains(".")
        else { throw Refusal(message: "webhook-id, webhook-timestamp and webhook-signature are required") }
        guard let seconds = Int64(timestamp), abs(Int64(call.now.timeIntervalSince1970) - seconds) <= Self.tolerance else {
            throw Refusal(message: "webhook-timestamp is more than five minutes off")
        }
        let signed = Array("\(id).\(timestamp).".utf8) + call.body
        for entry in signatures.split(separator: " ") where entry.hasPrefix("v1,") {
            guard let code = Data(base64Encoded: String(entry.dropFirst(3))) else { continue }
            if HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: signed, using: key) { return id }
        }
        throw Refusal(message: "no signature in webhook-signature is right")
    }
}
