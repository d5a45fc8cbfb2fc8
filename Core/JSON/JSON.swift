/// A JSON value, as RFC 8259 has it. Objects keep their members' order; integers are exact.
///
/// Ours rather than Foundation's because every message of an order is read and written by it: Foundation's coders take
/// some 10 µs for a small order, this one about 2, and it knows where in the text a value stood.
public enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    /// A number without fraction or exponent that fits 64 bits.
    case integer(Int64)
    /// Any other number, as written.
    case number(String)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value in an object.
    public struct Member: Sendable, Equatable {
        public let name: String
        public let value: JSON

        public init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// What the parser puts up with. Bytes are bounded by whoever received them.
    public struct Limits: Sendable {
        /// How deep arrays and objects may nest.
        public var depth: Int

        public init(depth: Int = 32) {
            self.depth = depth
        }
    }

    /// Reads one JSON text, strictly: UTF-8, no duplicate names, nothing after the value.
    /// - Throws: a ``JSONError`` that says where (line and column of the text) and what.
    public static func parse(_ bytes: [UInt8], limits: Limits = Limits()) throws(JSONError) -> JSON {
        var parser = JSONParser(bytes: bytes, limits: limits)
        return try parser.parse()
    }

    /// What kind of value this is, in words for an error.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .integer: "an integer"
        case .number: "a number"
        case .string: "a string"
        case .array: "an array"
        case .object: "an object"
        }
    }
}
