import Crypto

/// Numbers and codes that follow from a text, so that the same trade or parcel has the same ones after a restart.
struct Seed: Sendable {
    private let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(SHA256.hash(data: Array(text.utf8))) + Array(SHA512.hash(data: Array(text.utf8)))
    }

    /// A number for counting and for choosing.
    var number: UInt64 { bytes[0..<8].reduce(0) { $0 << 8 | UInt64($1) } }

    /// Up to 64 decimal digits.
    func digits(_ count: Int) -> String {
        String(decoding: bytes[8..<(8 + count)].map { UInt8(ascii: "0") + $0 % 10 }, as: UTF8.self)
    }

    /// Up to 64 letters and digits.
    func letters(_ count: Int) -> String {
        let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789".utf8)
        return String(decoding: bytes[8..<(8 + count)].map { alphabet[Int($0) % alphabet.count] }, as: UTF8.self)
    }

    /// A moment between half of a duration and one and a half, so that not everything happens at once.
    func around(_ duration: Duration) -> Duration {
        duration * (0.5 + Double(number % 1024) / 1024)
    }
}

extension Sequence<UInt8> {
    /// The bytes in hexadecimal, lower case.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self { text += [digits[Int(byte >> 4)], digits[Int(byte & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
