internal import Crypto
internal import FoundationEssentials

/// A telephone number in the one form of E.164: `+` and 7 to 15 digits, country code first.
public struct PhoneNumber: Sendable, Hashable {
    public let e164: String

    /// A number that is in the form already.
    public init?(e164: String) {
        let digits = e164.utf8.dropFirst()
        guard e164.utf8.first == UInt8(ascii: "+"), (7...15).contains(digits.count), digits.first != UInt8(ascii: "0"),
            digits.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        else { return nil }
        self.e164 = e164
    }

    /// Reads a number as people write it: spaces, dots, dashes and brackets are dropped; `00` in front is a `+`; what has
    /// neither belongs to the country, after one leading 0 of its own.
    ///
    /// `country` is a country code, 86 (China) unless told. Of mainland China's mobile numbers the eleven digits are
    /// checked; other plans are not known here, only E.164's bounds.
    public init?(normalizing text: String, country: String = "86") {
        var digits: [UInt8] = []
        var isInternational = false
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): digits.append(byte)
            case UInt8(ascii: "+"):
                guard digits.isEmpty, !isInternational else { return nil }
                isInternational = true
            case UInt8(ascii: " "), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "("), UInt8(ascii: ")"): continue
            default: return nil
            }
            if digits.count > 20 { return nil }
        }
        if !isInternational, digits.starts(with: "00".utf8) {
            digits.removeFirst(2)
            isInternational = true
        }
        if !isInternational {
            // An eleven-digit mobile number that was written with its country code but no plus.
            if country == "86", digits.count == 13, digits.starts(with: "861".utf8) {
                isInternational = true
            } else {
                if digits.first == UInt8(ascii: "0") { digits.removeFirst() }
                digits = Array(country.utf8) + digits
            }
        }
        // Mobile numbers; 10 is Beijing, whose numbers are fixed lines.
        if digits.starts(with: "861".utf8), !digits.starts(with: "8610".utf8), digits.count != 13 { return nil }
        self.init(e164: "+" + String(decoding: digits, as: UTF8.self))
    }

    /// The number as it may be shown to people who need not know it: its first and its last digits.
    public var masked: String { "\(e164.prefix(6))****\(e164.suffix(2))" }
}

/// Finds orders by phone without keeping the phone: HMAC-SHA256 of the number in E.164 under a key of its own, its first
/// 128 bits in hexadecimal. Equal numbers have equal indexes; without the key an index can't be tried against a list of
/// numbers.
public struct BlindIndex: Sendable {
    /// Keyed already: half the work of a code is in that.
    private let code: HMAC<SHA256>

    /// Reads a key: the base64 of at least 32 bytes.
    public init(key text: String) throws(SealingError) {
        guard let bytes = Data(base64Encoded: text), bytes.count >= 32 else {
            throw SealingError(.configuration, "the index key is not the base64 of at least 32 bytes")
        }
        code = HMAC<SHA256>(key: SymmetricKey(data: bytes))
    }

    /// A new random key.
    public static func newKey() -> String {
        SymmetricKey(size: .bits256).withUnsafeBytes { Data($0).base64EncodedString() }
    }

    /// The index of a number: 32 hexadecimal digits.
    public func index(of phone: PhoneNumber) -> String {
        var code = code
        code.update(data: Array(phone.e164.utf8))
        return code.finalize().withUnsafeBytes { Hexadecimal.text(Array($0[..<16])) }
    }
}
