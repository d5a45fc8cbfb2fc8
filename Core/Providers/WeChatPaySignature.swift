/// The strings that WeChat Pay APIv3 signs, both ways: five lines for a request, three for an answer or a notification, each
/// ended by a line feed, the last as well.
/// Source: pay.weixin.qq.com/doc/v3/merchant/4012365336 and 4012365341.
public enum WeChatPaySignature {
    public static let scheme = "WECHATPAY2-SHA256-RSA2048"

    /// How far the time of a message may lie from ours, in seconds, either way.
    public static let toleranceSeconds: Int64 = 300

    /// What the merchant signs.
    /// - Parameters:
    ///   - path: with its query, exactly as sent.
    ///   - timestamp: seconds since 1970.
    public static func requestMessage(method: String, path: String, timestamp: Int64, nonce: String, body: [UInt8]) -> [UInt8] {
        Array("\(method)\n\(path)\n\(timestamp)\n\(nonce)\n".utf8) + body + [UInt8(ascii: "\n")]
    }

    /// What WeChat Pay signs.
    /// - Parameter timestamp: as in the header `Wechatpay-Timestamp`.
    public static func responseMessage(timestamp: String, nonce: String, body: [UInt8]) -> [UInt8] {
        Array("\(timestamp)\n\(nonce)\n".utf8) + body + [UInt8(ascii: "\n")]
    }

    /// The headers with which an answer or a notification goes out.
    public static func responseHeaders(
        serial: String, signer: RSASigner, timestamp: Int64, nonce: String, body: [UInt8]
    ) -> [(name: String, value: String)] {
        [
            ("Wechatpay-Serial", serial), ("Wechatpay-Timestamp", "\(timestamp)"), ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Signature", signer.sign(responseMessage(timestamp: "\(timestamp)", nonce: nonce, body: body))),
            ("Wechatpay-Signature-Type", scheme),
        ]
    }
}

/// The `Authorization` header of a request to WeChat Pay.
public struct WeChatAuthorization: Sendable, Equatable {
    public var merchantID: String
    /// The serial of the merchant's certificate.
    public var serial: String
    public var nonce: String
    /// Seconds since 1970.
    public var timestamp: Int64
    /// Base64.
    public var signature: String

    /// Signs a request.
    public init(
        merchantID: String, serial: String, signer: RSASigner, method: String, path: String, timestamp: Int64, nonce: String, body: [UInt8]
    ) {
        self.merchantID = merchantID
        self.serial = serial
        self.nonce = nonce
        self.timestamp = timestamp
        signature = signer.sign(
            WeChatPaySignature.requestMessage(method: method, path: path, timestamp: timestamp, nonce: nonce, body: body))
    }

    /// Reads a header's value; the order of its fields does not matter. Nil for another scheme or where a field is missing.
    public init?(parsing value: String) {
        let parts = value.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0] == WeChatPaySignature.scheme else { return nil }
        var fields: [String: String] = [:]
        for field in parts[1].split(separator: ",") {
            let pair = field.split(separator: "=", maxSplits: 1)
            guard pair.count == 2 else { return nil }
            let name = pair[0].filter { $0 != " " }
            guard pair[1].count >= 2, pair[1].first == "\"", pair[1].last == "\"" else { return nil }
            fields[name] = String(pair[1].dropFirst().dropLast())
        }
        guard let merchantID = fields["mchid"], let serial = fields["serial_no"], let nonce = fields["nonce_str"],
            let timestamp = fields["timestamp"].flatMap({ Int64($0) }), let signature = fields["signature"]
        else { return nil }
        self.merchantID = merchantID
        self.serial = serial
        self.nonce = nonce
        self.timestamp = timestamp
        self.signature = signature
    }

    public var headerValue: String {
        "\(WeChatPaySignature.scheme) mchid=\"\(merchantID)\",nonce_str=\"\(nonce)\",signature=\"\(signature)\",timestamp=\"\(timestamp)\",serial_no=\"\(serial)\""
    }

    /// Whether the merchant's key signed exactly this request.
    public func isValid(method: String, path: String, body: [UInt8], verifier: RSAVerifier) -> Bool {
        let message = WeChatPaySignature.requestMessage(method: method, path: path, timestamp: timestamp, nonce: nonce, body: body)
        return verifier.verify(message, signature: signature)
    }
}
