/// A recursive-descent parser over bytes; see ``JSON/parse(_:limits:)``.
struct JSONParser {
    let bytes: [UInt8]
    let limits: JSON.Limits
    private var at = 0
    private var depth = 0

    init(bytes: [UInt8], limits: JSON.Limits) {
        self.bytes = bytes
        self.limits = limits
    }

    mutating func parse() throws(JSONError) -> JSON {
        let value = try self.value()
        skipSpace()
        guard at == bytes.count else { throw error("nothing may follow the value") }
        return value
    }

    private mutating func value() throws(JSONError) -> JSON {
        skipSpace()
        guard at < bytes.count else { throw error("the text ends where a value was expected") }
        switch bytes[at] {
        case UInt8(ascii: "{"): return try object()
        case UInt8(ascii: "["): return try array()
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
        default: throw error("a value was expected")
        }
    }

    private mutating func object() throws(JSONError) -> JSON {
        try enter()
        defer { depth -= 1 }
        var members: [JSON.Member] = []
        skipSpace()
        if take(UInt8(ascii: "}")) { return .object([]) }
        members.reserveCapacity(8)
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { throw error("a member's name in quotes was expected") }
            let name = try string()
            skipSpace()
            guard take(UInt8(ascii: ":")) else { throw error("a colon was expected after a member's name") }
            members.append(JSON.Member(name: name, value: try value()))
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "}")) else { throw error("a comma or the end of the object was expected") }
            break
        }
        try refuseDuplicates(members)
        return .object(members)
    }

    private func refuseDuplicates(_ members: [JSON.Member]) throws(JSONError) {
        // Small objects are compared pair by pair: cheaper than building a set. Larger ones would make that quadratic.
        if members.count <= 16 {
            for index in members.indices {
                for earlier in 0..<index where members[earlier].name == members[index].name {
                    throw error("a name stands twice in an object")
                }
            }
        } else if Set(members.map(\.name)).count != members.count {
            throw error("a name stands twice in an object")
        }
    }

    private mutating func array() throws(JSONError) -> JSON {
        try enter()
        defer { depth -= 1 }
        var elements: [JSON] = []
        skipSpace()
        if take(UInt8(ascii: "]")) { return .array([]) }
        while true {
            elements.append(try value())
            skipSpace()
            if take(UInt8(ascii: ",")) { continue }
            guard take(UInt8(ascii: "]")) else { throw error("a comma or the end of the array was expected") }
            return .array(elements)
        }
    }

    private mutating func enter() throws(JSONError) {
        at += 1
        depth += 1
        if depth > limits.depth { throw error("nested deeper than \(limits.depth) levels") }
    }

    // MARK: - Scalars

    private mutating func word(_ word: StaticString, _ value: JSON) throws(JSONError) -> JSON {
        let count = word.utf8CodeUnitCount
        guard at + count <= bytes.count else { throw error("a value was expected") }
        for offset in 0..<count where bytes[at + offset] != word.utf8Start[offset] { throw error("a value was expected") }
        at += count
        return value
    }

    private mutating func number() throws(JSONError) -> JSON {
        let start = at
        let isNegative = take(UInt8(ascii: "-"))
        let first = at
        var magnitude: UInt64 = 0
        var fits = true
        while at < bytes.count, let digit = digit(at) {
            let (product, over) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(digit)
            fits = fits && !over && !carried
            magnitude = sum
            at += 1
        }
        guard at > first else { throw error("a digit was expected") }
        guard at == first + 1 || bytes[first] != UInt8(ascii: "0") else { throw error("a number may not start with 0") }
        var isWhole = true
        if at < bytes.count, bytes[at] == UInt8(ascii: ".") {
            isWhole = false
            at += 1
            try digits()
        }
        if at < bytes.count, bytes[at] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            at += 1
            if at < bytes.count, bytes[at] == UInt8(ascii: "+") || bytes[at] == UInt8(ascii: "-") { at += 1 }
            try digits()
        }
        if isWhole, fits {
            if !isNegative, magnitude <= UInt64(Int64.max) { return .integer(Int64(magnitude)) }
            if isNegative, magnitude <= UInt64(Int64.max) + 1 { return .integer(Int64(truncatingIfNeeded: 0 &- magnitude)) }
        }
        return .number(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    private mutating func digits() throws(JSONError) {
        let start = at
        while at < bytes.count, digit(at) != nil { at += 1 }
        guard at > start else { throw error("a digit was expected") }
    }

    private func digit(_ index: Int) -> UInt64? {
        let value = bytes[index] &- UInt8(ascii: "0")
        return value < 10 ? UInt64(value) : nil
    }

    private mutating func string() throws(JSONError) -> String {
        at += 1
        let start = at
        while at < bytes.count {
            let byte = bytes[at]
            if byte == UInt8(ascii: "\"") {
                defer { at += 1 }
                return try text(bytes[start..<at])
            }
            if byte == UInt8(ascii: "\\") { return try escapedString(from: start) }
            if byte < 0x20 { throw error("a control character in a string must be escaped") }
            at += 1
        }
        throw error("the text ends within a string")
    }

    private func text(_ slice: ArraySlice<UInt8>) throws(JSONError) -> String {
        // Nearly all texts are ASCII, and then valid: checking that is far quicker than validating UTF-8.
        var bits: UInt8 = 0
        for byte in slice { bits |= byte }
        if bits < 0x80 {
            return slice.withUnsafeBufferPointer { text in
                String(unsafeUninitializedCapacity: text.count) { $0.initialize(fromContentsOf: text) }
            }
        }
        guard let text = String(validating: slice, as: UTF8.self) else { throw error("a string that is not valid UTF-8") }
        return text
    }

    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var plain = Array(bytes[start..<at])
        while at < bytes.count {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "\""): return try text(plain[...])
            case UInt8(ascii: "\\"): try escape(into: &plain)
            case 0..<0x20: throw error("a control character in a string must be escaped")
            default: plain.append(byte)
            }
        }
        throw error("the text ends within a string")
    }

    private mutating func escape(into plain: inout [UInt8]) throws(JSONError) {
        guard at < bytes.count else { throw error("the text ends within a string") }
        let byte = bytes[at]
        at += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): plain.append(byte)
        case UInt8(ascii: "b"): plain.append(0x08)
        case UInt8(ascii: "f"): plain.append(0x0C)
        case UInt8(ascii: "n"): plain.append(0x0A)
        case UInt8(ascii: "r"): plain.append(0x0D)
        case UInt8(ascii: "t"): plain.append(0x09)
        case UInt8(ascii: "u"): plain.append(contentsOf: String(try escapedScalar()).utf8)
        default: throw error("an unknown escape in a string")
        }
    }

    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, at + 1 < bytes.count, bytes[at] == UInt8(ascii: "\\"), bytes[at + 1] == UInt8(ascii: "u") else {
            throw error("half of a surrogate pair in a string")
        }
        at += 2
        let second = try hexadecimal()
        guard 0xDC00..<0xE000 ~= second, let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)) else {
            throw error("half of a surrogate pair in a string")
        }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt32 {
        guard at + 4 <= bytes.count else { throw error("four hexadecimal digits were expected") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            let byte = bytes[at]
            at += 1
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt32(byte - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt32(byte - UInt8(ascii: "a") + 10)
            case UInt8(ascii: "A")...UInt8(ascii: "F"): value = value << 4 | UInt32(byte - UInt8(ascii: "A") + 10)
            default: throw error("four hexadecimal digits were expected")
            }
        }
        return value
    }

    // MARK: - Reading on

    private mutating func skipSpace() {
        while at < bytes.count {
            switch bytes[at] {
            case 0x20, 0x0A, 0x0D, 0x09: at += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard at < bytes.count, bytes[at] == byte else { return false }
        at += 1
        return true
    }

    private func error(_ problem: String) -> JSONError {
        let read = bytes[..<min(at, bytes.count)]
        let line = read.count { $0 == 0x0A } + 1
        let column = at - (read.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
        return JSONError(pointer: "", problem: "not valid JSON at line \(line), column \(column): \(problem)")
    }
}
