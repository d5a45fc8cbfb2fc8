/// Arrays of arrays, which differ in length: PostgreSQL has no such parameter, so each inner one goes as the text of an
/// array and is cast (`'{1,2}'::bigint[]`).
enum ArrayLiteral {
    /// Whole numbers.
    static func of(_ numbers: some Sequence<Int64>) -> String {
        var text = "{"
        for (index, number) in numbers.enumerated() {
            if index > 0 { text += "," }
            text += String(number)
        }
        text += "}"
        return text
    }

    /// Texts, quoted.
    static func of(_ texts: some Sequence<String>) -> String {
        var utf8: [UInt8] = [UInt8(ascii: "{")]
        utf8.reserveCapacity(64)
        for (index, text) in texts.enumerated() {
            if index > 0 { utf8.append(UInt8(ascii: ",")) }
            utf8.append(UInt8(ascii: "\""))
            for byte in text.utf8 {
                if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { utf8.append(UInt8(ascii: "\\")) }
                utf8.append(byte)
            }
            utf8.append(UInt8(ascii: "\""))
        }
        utf8.append(UInt8(ascii: "}"))
        return String(decoding: utf8, as: UTF8.self)
    }
}
