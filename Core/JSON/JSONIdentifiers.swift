public import FoundationEssentials

// Ids stand in texts as lower-case UUIDs. Foundation writes upper case, through a String it formats anew: these are
// several times as quick, and every message is read and written by them.

extension UUID {
    /// The UUID as it stands in JSON, in headers and in logs: 36 characters, lower case.
    public var text: String {
        String(unsafeUninitializedCapacity: 36) { buffer in
            var at = 0
            withUnsafeBytes(of: uuid) { bytes in
                for index in 0..<16 {
                    if index == 4 || index == 6 || index == 8 || index == 10 {
                        buffer[at] = UInt8(ascii: "-")
                        at += 1
                    }
                    buffer[at] = UUID.digit(bytes[index] >> 4)
                    buffer[at + 1] = UUID.digit(bytes[index] & 15)
                    at += 2
                }
            }
            return 36
        }
    }

    /// Reads 36 characters of a UUID, in either case; nil where they are not one.
    public init?(text: String) {
        var text = text
        let uuid = text.withUTF8 { UUID.parse($0) }
        guard let uuid else { return nil }
        self = uuid
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }

    private static func parse(_ text: UnsafeBufferPointer<UInt8>) -> UUID? {
        guard text.count == 36 else { return nil }
        var value: uuid_t = (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        let isValid = withUnsafeMutableBytes(of: &value) { bytes in
            var at = 0
            var doubt: UInt8 = 0
            for index in 0..<16 {
                if index == 4 || index == 6 || index == 8 || index == 10 {
                    guard text[at] == UInt8(ascii: "-") else { return false }
                    at += 1
                }
                let (high, low) = (nibble(text[at]), nibble(text[at + 1]))
                doubt |= high | low
                bytes[index] = high << 4 | low
                at += 2
            }
            return doubt < 16
        }
        return isValid ? UUID(uuid: value) : nil
    }

    /// The value of a hexadecimal digit; 16 and more for what is none.
    private static func nibble(_ byte: UInt8) -> UInt8 {
        let digit = byte &- UInt8(ascii: "0")
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return digit < 10 ? digit : letter < 6 ? letter + 10 : 16
    }
}

extension JSONWriter {
    public mutating func member(_ name: StaticString, _ value: UUID) {
        member(name, value.text)
    }
}

extension JSONObject {
    /// A UUID written as 36 characters.
    public mutating func uuid(_ name: String) throws(JSONError) -> UUID {
        guard let uuid = UUID(text: try string(name)) else {
            throw JSONError(pointer: pointer(to: name), problem: "a UUID was expected, like 0f8fad5b-d9cb-469f-a165-70867728950e")
        }
        return uuid
    }

    /// A UUID, or nil where the member is absent or null.
    public mutating func optionalUUID(_ name: String) throws(JSONError) -> UUID? {
        guard value(name) != nil else { return nil }
        return try uuid(name)
    }
}
