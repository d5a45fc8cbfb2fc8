internal import Crypto
internal import FoundationEssentials

/// The merchant's APIv3 key, under which WeChat Pay seals what it notifies: AES-256-GCM, the tag behind the text, in Base64.
/// Source: pay.weixin.qq.com/doc/v3/merchant/4012365336.
public struct WeChatResourceKey: Sendable {
    private let key: SymmetricKey

    /// - Parameter text: exactly 32 bytes, used as they are.
    public init(_ text: String) throws(VerificationError) {
        guard text.utf8.count == 32 else {
            throw VerificationError(.unreadable, "an APIv3 key has 32 bytes, this one \(text.utf8.count)")
        }
        key = SymmetricKey(data: Array(text.utf8))
    }

    /// Opens a resource.
    /// - Throws: `badSignature` when it was sealed under another key or changed, `unreadable` when it is malformed.
    public func open(ciphertext: String, nonce: String, associatedData: String) throws(VerificationError) -> [UInt8] {
        guard let sealed = Data(base64Encoded: ciphertext), sealed.count >= 16, let nonce = try? AES.GCM.Nonce(data: Array(nonce.utf8)),
            let box = try? AES.GCM.SealedBox(nonce: nonce, ciphertext: sealed.dropLast(16), tag: sealed.suffix(16))
        else { throw VerificationError(.unreadable, "the resource is no AEAD_AES_256_GCM ciphertext") }
        do {
            return Array(try AES.GCM.open(box, using: key, authenticating: Array(associatedData.utf8)))
        } catch {
            throw VerificationError(.badSignature, "the resource was not sealed under this APIv3 key")
        }
    }

    /// Seals a resource: the other side's part.
    /// - Parameter nonce: 12 bytes, never used before under this key.
    public func seal(_ text: [UInt8], nonce: String, associatedData: String) throws(VerificationError) -> String {
        guard nonce.utf8.count == 12, let nonce = try? AES.GCM.Nonce(data: Array(nonce.utf8)),
            let box = try? AES.GCM.seal(text, using: key, nonce: nonce, authenticating: Array(associatedData.utf8))
        else { throw VerificationError(.unreadable, "a nonce of 12 bytes is needed") }
        return (box.ciphertext + box.tag).base64EncodedString()
    }
}
