public import FoundationEssentials

/// WeChat Pay's side as we know it: the public keys by which its answers and notifications are believed.
public struct WeChatPlatform: Sendable {
    private let verifiers: [String: RSAVerifier]

    /// - Parameter keys: public keys in PEM form by serial: a platform certificate's, or a `PUB_KEY_ID_…`.
    public init(keys: [String: String]) throws(VerificationError) {
        var verifiers: [String: RSAVerifier] = [:]
        for (serial, pem) in keys { verifiers[serial] = try RSAVerifier(pem: pem) }
        self.verifiers = verifiers
    }

    /// Checks that the bytes come from WeChat Pay, and are recent.
    /// - Parameters:
    ///   - header: the value of a header by name, in any case; nil where absent.
    ///   - body: the raw bytes received.
    /// - Throws: also for the probes whose signature begins with `WECHATPAY/SIGNTEST/`, with which WeChat Pay tests just this.
    public func verify(header: (String) -> String?, body: [UInt8], now: Date) throws(VerificationError) {
        func required(_ name: String) throws(VerificationError) -> String {
            guard let value = header(name), !value.isEmpty else { throw VerificationError(.missing, "the header \(name) is missing") }
            return value
        }
        let timestamp = try required("Wechatpay-Timestamp")
        let nonce = try required("Wechatpay-Nonce")
        let signature = try required("Wechatpay-Signature")
        let serial = try required("Wechatpay-Serial")
        if let type = header("Wechatpay-Signature-Type"), type != WeChatPaySignature.scheme {
            throw VerificationError(.unknownKey, "signatures of the type asked for are not verified here")
        }
        guard let seconds = Int64(timestamp) else { throw VerificationError(.missing, "Wechatpay-Timestamp is no number of seconds") }
        let distance = Double(seconds) - now.timeIntervalSince1970
        guard abs(distance) <= Double(WeChatPaySignature.toleranceSeconds) else {
            throw VerificationError(.stale, "its time is \(Int64(abs(distance).rounded())) s from ours")
        }
        guard let verifier = verifiers[serial] else {
            throw VerificationError(.unknownKey, "no key with the serial it names is known here")
        }
        let message = WeChatPaySignature.responseMessage(timestamp: timestamp, nonce: nonce, body: body)
        guard verifier.verify(message, signature: signature) else {
            throw VerificationError(.badSignature, "the signature does not belong to the body")
        }
    }
}
