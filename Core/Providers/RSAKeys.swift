internal import Crypto
internal import CryptoExtras
internal import FoundationEssentials

/// Signs with RSASSA-PKCS1-v1_5 over SHA-256 (RFC 8017 section 8.2).
public struct RSASigner: Sendable {
    private let key: _RSA.Signing.PrivateKey

    /// - Parameter pem: a private key in PKCS #8 or PKCS #1 form, of at least 2048 bits.
    public init(pem: String) throws(VerificationError) {
        do { key = try _RSA.Signing.PrivateKey(pemRepresentation: pem) } catch {
            throw VerificationError(.unreadable, "the private key is not an RSA key in PEM form")
        }
    }

    private init(key: _RSA.Signing.PrivateKey) {
        self.key = key
    }

    /// A new key of 2048 bits.
    public static func generate() -> RSASigner {
        guard let key = try? _RSA.Signing.PrivateKey(keySize: .bits2048) else { preconditionFailure("no RSA key could be made") }
        return RSASigner(key: key)
    }

    /// The signature in Base64.
    public func sign(_ message: [UInt8]) -> String {
        guard let signature = try? key.signature(for: message, padding: .insecurePKCS1v1_5) else {
            preconditionFailure("an RSA key of 2048 bits or more signs any SHA-256 digest")
        }
        return signature.rawRepresentation.base64EncodedString()
    }

    /// The private key in PKCS #8 form, for a file that only its owner may read.
    public var privateKeyPEM: String { key.pemRepresentation }

    /// The public half, for those who verify.
    public var publicKeyPEM: String { key.publicKey.pemRepresentation }
}

/// Verifies what an ``RSASigner`` signed.
public struct RSAVerifier: Sendable {
    private let key: _RSA.Signing.PublicKey

    /// - Parameter pem: a public key in SubjectPublicKeyInfo form.
    public init(pem: String) throws(VerificationError) {
        do { key = try _RSA.Signing.PublicKey(pemRepresentation: pem) } catch {
            throw VerificationError(.unreadable, "the public key is not an RSA key in PEM form")
        }
    }

    /// Whether the signature, in Base64, is of exactly these bytes.
    public func verify(_ message: [UInt8], signature: String) -> Bool {
        guard let bytes = Data(base64Encoded: signature) else { return false }
        return key.isValidSignature(_RSA.Signing.RSASignature(rawRepresentation: bytes), for: message, padding: .insecurePKCS1v1_5)
    }
}
