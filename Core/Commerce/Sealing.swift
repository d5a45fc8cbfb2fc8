internal import Crypto
public import FoundationEssentials

/// Personal data under lock and key: AES-256-GCM with keys that rotate.
///
/// What is sealed reads `s1.<key id>.<base64url of nonce, ciphertext and tag>`. The order's id is authenticated along with
/// it, so a sealed text that is moved to another order opens nothing. The first key seals; every key opens, so a new key
/// is put in front and an old one is dropped when nothing sealed by it is left. Nonces are random: rotate long before
/// 2³² seals by one key (NIST SP 800-38D, 8.3).
public struct Sealing: Sendable {
    /// A key and the name that sealed texts carry.
    private struct Key: Sendable {
        let id: String
        let key: SymmetricKey
    }

    private let keys: [Key]

    /// How many keys may be in use at once.
    public static let keyLimit = 16

    /// Reads `id:base64,id:base64,…`: each key has 32 bytes, the first one seals. An id is 1 to 16 letters, digits or `-`.
    /// - Throws: a ``SealingError`` that names the entry, never the key.
    public init(keys text: String) throws(SealingError) {
        var keys: [Key] = []
        for (index, entry) in text.split(separator: ",", omittingEmptySubsequences: true).enumerated() {
            guard let colon = entry.firstIndex(of: ":") else {
                throw SealingError(.configuration, "sealing key \(index + 1) is not of the form id:base64")
            }
            let id = String(entry[..<colon])
            guard (1...16).contains(id.utf8.count), id.utf8.allSatisfy(Self.isNameByte) else {
                throw SealingError(.configuration, "sealing key \(index + 1): an id is 1 to 16 letters, digits or '-'")
            }
            guard let secret = Data(base64Encoded: String(entry[entry.index(after: colon)...])), secret.count == 32 else {
                throw SealingError(.configuration, "sealing key '\(id)' is not the base64 of 32 bytes")
            }
            guard !keys.contains(where: { $0.id == id }) else {
                throw SealingError(.configuration, "sealing key '\(id)' is listed twice")
            }
            keys.append(Key(id: id, key: SymmetricKey(data: secret)))
        }
        guard !keys.isEmpty, keys.count <= Self.keyLimit else {
            throw SealingError(.configuration, "one to \(Self.keyLimit) sealing keys are needed, as id:base64,id:base64")
        }
        self.keys = keys
    }

    /// A configuration with one new random key.
    public static func newKeys(id: String) -> String {
        id + ":" + SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// Seals a text for an order.
    public func seal(_ plain: [UInt8], order: UUID) throws(SealingError) -> String {
        let combined: Data?
        do {
            combined = try AES.GCM.seal(plain, using: keys[0].key, authenticating: Self.context(of: order)).combined
        } catch {
            throw SealingError(.failed, "sealing failed: \(error)")
        }
        // Nil for nonces of another length only; ours have 12 bytes.
        guard let combined else { throw SealingError(.failed, "sealing failed: a nonce of the wrong length") }
        let bytes = [UInt8](combined)
        return "s1.\(keys[0].id).\(Base64URL.text(of: bytes))"
    }

    /// Opens what was sealed for this order.
    /// - Throws: a ``SealingError``: malformed, sealed by a key that is not known here, or not sealed for this order.
    public func open(_ sealed: String, order: UUID) throws(SealingError) -> [UInt8] {
        let parts = sealed.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0] == "s1", let bytes = Base64URL.bytes(of: parts[2]), bytes.count >= 28 else {
            throw SealingError(.malformed, "not a sealed text")
        }
        guard let key = keys.first(where: { $0.id == parts[1] }) else {
            throw SealingError(.unknownKey, "sealed by key '\(parts[1].prefix(16))', which is not among the sealing keys")
        }
        do {
            let box = try AES.GCM.SealedBox(combined: bytes)
            return [UInt8](try AES.GCM.open(box, using: key.key, authenticating: Self.context(of: order)))
        } catch {
            throw SealingError(.refused, "the sealed text was changed, or sealed for another order")
        }
    }

    /// What is authenticated along with the text: the order's 16 bytes.
    private static func context(of order: UUID) -> [UInt8] {
        withUnsafeBytes(of: order.uuid) { [UInt8]($0) }
    }

    private static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

/// Why something could not be sealed or opened. Holds neither keys nor what was sealed.
public struct SealingError: Error, Sendable, CustomStringConvertible {
    public struct Code: Hashable, Sendable {
        private enum Value { case configuration, failed, malformed, unknownKey, refused }
        private let value: Value
        /// The keys as configured can't be used.
        public static let configuration = Code(value: .configuration)
        /// The cipher itself failed.
        public static let failed = Code(value: .failed)
        /// Not a sealed text.
        public static let malformed = Code(value: .malformed)
        /// Sealed by a key that is not among ours.
        public static let unknownKey = Code(value: .unknownKey)
        /// Changed since it was sealed, or sealed for another order.
        public static let refused = Code(value: .refused)
    }

    public let code: Code
    public let message: String

    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    public var description: String { message }
}
