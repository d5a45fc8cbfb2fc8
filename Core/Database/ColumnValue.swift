public import FoundationEssentials

/// A type that a column can be read as: `Bool`, `Int64`, `Double`, `String`, `[UInt8]`, `UUID`, `Date` and optionals of these.
public protocol ColumnValue: Sendable {
    /// For the database module's own use.
    static func read(_ field: Field) throws(DatabaseError) -> Self
}

extension Bool: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> Bool {
        guard field.type == .bool else { throw field.mismatch("a boolean") }
        return try field.bytes(as: "a boolean")[0] != 0
    }
}

extension Int64: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> Int64 {
        let bytes = try field.bytes(as: "an integer")
        switch field.type {
        case .int8: return Int64(bigEndian: bytes.loadUnaligned(as: Int64.self))
        case .int4: return Int64(Int32(bigEndian: bytes.loadUnaligned(as: Int32.self)))
        case .int2: return Int64(Int16(bigEndian: bytes.loadUnaligned(as: Int16.self)))
        case .oid: return Int64(UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)))
        case .numeric:
            guard let value = Numeric.integer(bytes) else { throw field.mismatch("an integer: it is out of range or has a fraction") }
            return value
        default: throw field.mismatch("an integer")
        }
    }
}

extension Double: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> Double {
        let bytes = try field.bytes(as: "a floating-point number")
        switch field.type {
        case .float8: return Double(bitPattern: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)))
        case .float4: return Double(Float(bitPattern: UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))))
        default: throw field.mismatch("a floating-point number")
        }
    }
}

extension String: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> String {
        let bytes = try field.bytes(as: "text")
        switch field.type {
        case .text, .varchar, .bpchar, .name, .json, .char, .unknown: return String(decoding: bytes, as: UTF8.self)
        case .jsonb: return String(decoding: bytes.dropFirst(), as: UTF8.self)
        // Types of the schema's own: an enum arrives as its label.
        case let type where type.isUserDefined: return String(decoding: bytes, as: UTF8.self)
        default: throw field.mismatch("text")
        }
    }
}

extension [UInt8]: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> [UInt8] {
        guard field.type == .bytea else { throw field.mismatch("bytes") }
        return Array(try field.bytes(as: "bytes"))
    }
}

extension UUID: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> UUID {
        guard field.type == .uuid else { throw field.mismatch("a uuid") }
        return UUID(uuid: try field.bytes(as: "a uuid").loadUnaligned(as: uuid_t.self))
    }
}

extension Date: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> Date {
        guard field.type == .timestamptz || field.type == .timestamp else { throw field.mismatch("a time") }
        return Timestamp.date(Int64(bigEndian: try field.bytes(as: "a time").loadUnaligned(as: Int64.self)))
    }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    public static func read(_ field: Field) throws(DatabaseError) -> Wrapped? {
        field.isNull ? nil : try Wrapped.read(field)
    }
}
