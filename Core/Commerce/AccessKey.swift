internal import Crypto
public import FoundationEssentials

/// As whom a key speaks, and so what it may see and do.
public enum Principal: Sendable, Hashable {
    /// Submits orders and sees its own.
    case storefront(UUID)
    /// Ships its own fulfillment orders.
    case merchant(UUID)
    /// A partner by its name with us.
    case partner(String)
}

/// A key to the API: `sk_<id>_<secret>`. The id is public and finds the key; the secret is 32 random bytes. The whole text
/// is shown once, when it is made; afterwards only its hash is known.
public struct AccessKey: Sendable {
    /// The whole text, as it stands after `Bearer` in a request.
    public let text: String
    /// The public part: 12 lower-case letters and digits.
    public let id: String

    /// Bytes of an id.
    static let idLength = 12
    /// Bytes of the whole text: `sk_`, the id, `_` and the base64url of 32 bytes.
    static let length = 3 + idLength + 1 + 43

    /// A new random key.
    public init() {
        let alphabet = Array("0123456789abcdefghijklmnopqrstuvwxyz".utf8)
        var random = SystemRandomNumberGenerator()
        let id = (0..<Self.idLength).map { _ in alphabet[Int.random(in: 0..<alphabet.count, using: &random)] }
        let secret = SymmetricKey(size: .bits256).withUnsafeBytes { Base64URL.text(of: [UInt8]($0)) }
        self.id = String(decoding: id, as: UTF8.self)
        text = "sk_\(self.id)_\(secret)"
    }

    /// Reads a key's text; nil where it has not the form of a key.
    public init?(parsing text: String) {
        let bytes = text.utf8
        guard bytes.count == Self.length, text.hasPrefix("sk_") else { return nil }
        let start = bytes.index(bytes.startIndex, offsetBy: 3)
        let end = bytes.index(start, offsetBy: Self.idLength)
        guard bytes[end] == UInt8(ascii: "_"), bytes[start..<end].allSatisfy({ $0 != UInt8(ascii: "_") && $0 < 0x80 }) else { return nil }
        id = String(text[start..<end])
        self.text = text
    }
}

/// The secret that keys are hashed under. A copy of the database without it can't even be tried against guessed keys.
public struct KeyPepper: Sendable {
    /// Keyed already: half the work of a code is in that.
    private let code: HMAC<SHA256>

    /// Reads a pepper: the base64 of at least 32 bytes.
    public init(base64 text: String) throws(SealingError) {
        guard let bytes = Data(base64Encoded: text), bytes.count >= 32 else {
            throw SealingError(.configuration, "the key pepper is not the base64 of at least 32 bytes")
        }
        code = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    }

    /// A new random pepper.
    public static func new() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// HMAC-SHA256 of a key's text: what is stored of it.
    public func hash(of key: AccessKey) -> [UInt8] {
        var code = code
        code.update(data: Array(key.text.utf8))
        return code.finalize().withUnsafeBytes { Array($0) }
    }

    /// Whether this is the key with that hash. Takes the same time wherever they differ.
    public func matches(_ key: AccessKey, hash: [UInt8]) -> Bool {
        let own = self.hash(of: key)
        guard own.count == hash.count else { return false }
        var difference: UInt8 = 0
        for index in own.indices { difference |= own[index] ^ hash[index] }
        return difference == 0
    }
}
