public import FoundationEssentials
public import JSON

// Identifiers are read and written some twenty times an order, so by hand: Foundation's own way takes five times as long.

extension UUID {
    /// A UUID from its text of 36 characters, in either case; nil where it is anything else.
    public init?(text: String) {
        var text = text
        let parsed: uuid_t? = text.withUTF8 { utf8 in
            guard utf8.count == 36 else { return nil }
            var bytes: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
            let isValid = withUnsafeMutableBytes(of: &bytes) { bytes in
                var at = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        guard utf8[at] == UInt8(ascii: "-") else { return false }
                        at += 1
                    }
                    guard let high = Hexadecimal.value(of: utf8[at]), let low = Hexadecimal.value(of: utf8[at + 1]) else { return false }
                    bytes[index] = high << 4 | low
                    at += 2
                }
                return true
            }
            return isValid ? bytes : nil
        }
        guard let parsed else { return nil }
        self.init(uuid: parsed)
    }

    /// The text of 36 characters, in lower case.
    public var text: String {
        withUnsafeBytes(of: uuid) { bytes in
            String(unsafeUninitializedCapacity: 36) { utf8 in
                var at = 0
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        utf8[at] = UInt8(ascii: "-")
                        at += 1
                    }
                    utf8[at] = Hexadecimal.digit(bytes[index] >> 4)
                    utf8[at + 1] = Hexadecimal.digit(bytes[index] & 15)
                    at += 2
                }
                return 36
            }
        }
    }
}

/// Bytes as lower-case hexadecimal text and back.
public enum Hexadecimal {
    @inlinable static func value(of character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    @inlinable static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") - 10 + value
    }

    /// The text of some bytes, two characters each.
    public static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { utf8 in
            for (index, byte) in bytes.enumerated() {
                utf8[index * 2] = digit(byte >> 4)
                utf8[index * 2 + 1] = digit(byte & 15)
            }
            return bytes.count * 2
        }
    }

    /// The bytes that a text stands for; nil where it isn't hexadecimal.
    public static func bytes(_ text: String) -> [UInt8]? {
        var text = text
        return text.withUTF8 { utf8 in
            guard utf8.count.isMultiple(of: 2) else { return nil }
            var bytes: [UInt8] = []
            bytes.reserveCapacity(utf8.count / 2)
            for index in stride(from: 0, to: utf8.count, by: 2) {
                guard let high = value(of: utf8[index]), let low = value(of: utf8[index + 1]) else { return nil }
                bytes.append(high << 4 | low)
            }
            return bytes
        }
    }
}

extension JSONObject {
    /// An id.
    /// - Throws: a ``JSONError`` where it isn't a UUID of 36 characters.
    public mutating func id(_ name: String) throws(JSONError) -> UUID {
        guard let id = try optionalID(name) else { throw JSONError(pointer: pointer(to: name), problem: "is required") }
        return id
    }

    /// An id, or nil where the member is absent or null.
    public mutating func optionalID(_ name: String) throws(JSONError) -> UUID? {
        guard let text = try optionalString(name, 0...64) else { return nil }
        guard let id = UUID(text: text) else { throw JSONError(pointer: pointer(to: name), problem: "a UUID was expected") }
        return id
    }
}

extension JSONWriter {
    /// Writes an id in lower case.
    public mutating func member(_ name: StaticString, _ id: UUID) {
        member(name, id.text)
    }

    /// Writes an id only where there is one.
    public mutating func member(_ name: StaticString, ifPresent id: UUID?) {
        if let id { member(name, id.text) }
    }
}
