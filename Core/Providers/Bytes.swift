internal import Crypto
internal import FoundationEssentials

extension Sequence<UInt8> {
    /// Two hexadecimal digits a byte, in lower case.
    var hexadecimal: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}

/// Compares all of both, however early they differ: the time taken tells a forger nothing. (Their length it may tell.)
func isEqualInConstantTime(_ one: some Collection<UInt8>, _ other: some Collection<UInt8>) -> Bool {
    guard one.count == other.count else { return false }
    var difference: UInt8 = 0
    for (a, b) in zip(one, other) { difference |= a ^ b }
    return difference == 0
}

/// A fresh random text of 32 hexadecimal digits, never used before.
func freshNonce() -> String {
    var generator = SystemRandomNumberGenerator()
    return (0..<16).map { _ in UInt8.random(in: .min ... .max, using: &generator) }.hexadecimal
}

/// SHA-256 in lower-case hexadecimal.
func sha256(_ bytes: [UInt8]) -> String { SHA256.hash(data: bytes).hexadecimal }
