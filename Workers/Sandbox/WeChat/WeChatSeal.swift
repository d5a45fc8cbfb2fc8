import Crypto
import CryptoExtras
import FoundationEssentials
import JSON

/// WeChat Pay's side of the APIv3 cryptography: it verifies what the merchant signs, signs what it says itself, and encrypts what it
/// reports.
struct WeChatSeal: Sendable {
    let merchantNumber: String
    private let merchantSerial: String
    private let merchantKey: _RSA.Signing.PublicKey
    private let platformSerial: String
    private let platformKey: _RSA.Signing.PrivateKey
    private let apiKey: SymmetricKey

    static let scheme = "WECHATPAY2-SHA256-RSA2048"
    /// How far a request's clock may be off, in seconds.
    static let tolerance: Int64 = 300
    /// What the signature of a probe starts with, which must never verify.
    static let probe = "WECHATPAY/SIGNTEST/"

    init(merchantNumber: String, merchantSerial: String, merchantKey: String, platformSerial: String, platformKey: String, apiKey: String)
        throws
    {
        self.merchantNumber = merchantNumber
        self.merchantSerial = merchantSerial
        self.merchantKey = try _RSA.Signing.PublicKey(pemRepresentation: merchantKey)
        self.platformSerial = platformSerial
        self.platformKey = try _RSA.Signing.PrivateKey(pemRepresentation: platformKey)
        self.apiKey = SymmetricKey(data: Array(apiKey.utf8))
    }

    // MARK: - Requests

    /// Why a request is refused: the provider's words, and the message it verified against.
    struct Refusal: Error, Equatable {
        let message: String
        var signed: [UInt8]?
    }

    /// Verifies the `Authorization` of a request.
    func verify(_ call: Call) throws(Refusal) {
        guard let header = call.headers["authorization"] else { throw Refusal(message: "Http头缺少Authorization") }
        guard header.hasPrefix(Self.scheme + " ") else { throw Refusal(message: "Http头Authorization认证类型不正确") }
        let fields = Self.fields(header.dropFirst(Self.scheme.count + 1))
        guard let mchid = fields["mchid"], let nonce = fields["nonce_str"], let signature = fields["signature"],
            let timestamp = fields["timestamp"], let serial = fields["serial_no"]
        else { throw Refusal(message: "Http头Authorization格式错误，请检查") }
        guard mchid == merchantNumber else { throw Refusal(message: "商户号不存在，请检查mchid是否正确") }
        guard serial.uppercased() == merchantSerial.uppercased() else { throw Refusal(message: "商户证书序列号有误") }
        guard let seconds = Int64(timestamp), abs(Int64(call.now.timeIntervalSince1970) - seconds) <= Self.tolerance else {
            throw Refusal(message: "Http头Authorization中的timestamp与发起请求的时间不得超过5分钟")
        }
        guard !nonce.isEmpty, nonce.utf8.count <= 32, let raw = Data(base64Encoded: signature) else {
            throw Refusal(message: "Http头Authorization格式错误，请检查")
        }
        // Behind a mount the real path starts below it; a caller may sign either.
        for target in [call.target, String(call.target.dropFirst(call.mount.count))] {
            if merchantKey.verifies(raw, Self.message(call, target, timestamp, nonce)) { return }
        }
        throw Refusal(message: "错误的签名，验签失败", signed: Self.message(call, call.target, timestamp, nonce))
    }

    private static func message(_ call: Call, _ target: String, _ timestamp: String, _ nonce: String) -> [UInt8] {
        Array("\(call.method)\n\(target)\n\(timestamp)\n\(nonce)\n".utf8) + call.body + [0x0A]
    }

    /// `a="1",b="2"` as a dictionary.
    private static func fields(_ text: Substring) -> [String: String] {
        var fields: [String: String] = [:]
        let quote = UInt8(ascii: "\"")
        for part in text.utf8.split(separator: UInt8(ascii: ",")) {
            guard let equals = part.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let value = part[part.index(after: equals)...]
            guard value.count >= 2, value.first == quote, value.last == quote else { continue }
            let name = part[..<equals].drop { $0 == UInt8(ascii: " ") }
            fields[String(decoding: name, as: UTF8.self)] = String(decoding: value.dropFirst().dropLast(), as: UTF8.self)
        }
        return fields
    }

    // MARK: - Answers and notifications

    /// The four headers of a signed body, and the request's trace.
    func headers(signing body: [UInt8], at now: Date, isProbe: Bool = false) -> [(name: String, value: String)] {
        let timestamp = String(Int64(now.timeIntervalSince1970))
        let nonce = Self.nonce(32)
        let message = Array("\(timestamp)\n\(nonce)\n".utf8) + body + [0x0A]
        let signature =
            (try? platformKey.signature(for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5))?.rawRepresentation ?? Data()
        let text = signature.base64EncodedString()
        return [
            ("Wechatpay-Timestamp", timestamp), ("Wechatpay-Nonce", nonce),
            ("Wechatpay-Signature", isProbe ? Self.probe + text.dropFirst(Self.probe.count) : text), ("Wechatpay-Serial", platformSerial),
            ("Wechatpay-Signature-Type", Self.scheme), ("Request-ID", "08" + Self.nonce(22)),
        ]
    }

    /// The `resource` of a notification: a JSON text under AES-256-GCM.
    func encrypt(_ text: [UInt8], kind: String, into json: inout JSONWriter) {
        let nonce = Self.nonce(12)
        guard let iv = try? AES.GCM.Nonce(data: Array(nonce.utf8)),
            let box = try? AES.GCM.seal(text, using: apiKey, nonce: iv, authenticating: Array(kind.utf8))
        else { return }
        json.object("resource") { json in
            json.member("original_type", kind)
            json.member("algorithm", "AEAD_AES_256_GCM")
            json.member("ciphertext", (box.ciphertext + box.tag).base64EncodedString())
            json.member("associated_data", kind)
            json.member("nonce", nonce)
        }
    }

    /// Characters that nobody can guess. Eight of them for each number drawn: a draw is a system call.
    private static func nonce(_ count: Int) -> String {
        let characters = StaticString("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789")
        var drawn: UInt64 = 0
        return String(unsafeUninitializedCapacity: count) { text in
            for index in 0..<count {
                if index % 8 == 0 { drawn = .random(in: 0 ... .max) }
                text[index] = characters.utf8Start[Int(drawn & 0xFF) % characters.utf8CodeUnitCount]
                drawn >>= 8
            }
            return count
        }
    }
}

extension _RSA.Signing.PublicKey {
    /// Whether a signature, RSASSA-PKCS1-v1_5 with SHA-256, is of this message.
    func verifies(_ signature: Data, _ message: [UInt8]) -> Bool {
        isValidSignature(.init(rawRepresentation: signature), for: SHA256.hash(data: message), padding: .insecurePKCS1v1_5)
    }
}
