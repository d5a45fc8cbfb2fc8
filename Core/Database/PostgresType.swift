internal import FoundationEssentials

/// A type by its object id in the server's catalog; the built-in ones never change (src/include/catalog/pg_type.dat).
struct PostgresType: Hashable, Sendable {
    let oid: UInt32

    /// Left for the server to infer.
    static let inferred = PostgresType(oid: 0)
    static let bool = PostgresType(oid: 16)
    static let bytea = PostgresType(oid: 17)
    static let char = PostgresType(oid: 18)
    static let name = PostgresType(oid: 19)
    static let int8 = PostgresType(oid: 20)
    static let int2 = PostgresType(oid: 21)
    static let int4 = PostgresType(oid: 23)
    static let text = PostgresType(oid: 25)
    static let oid = PostgresType(oid: 26)
    static let json = PostgresType(oid: 114)
    static let float4 = PostgresType(oid: 700)
    static let float8 = PostgresType(oid: 701)
    static let unknown = PostgresType(oid: 705)
    static let bpchar = PostgresType(oid: 1042)
    static let varchar = PostgresType(oid: 1043)
    static let timestamp = PostgresType(oid: 1114)
    static let timestamptz = PostgresType(oid: 1184)
    static let numeric = PostgresType(oid: 1700)
    static let uuid = PostgresType(oid: 2950)
    static let jsonb = PostgresType(oid: 3802)

    static let boolArray = PostgresType(oid: 1000)
    static let byteaArray = PostgresType(oid: 1001)
    static let textArray = PostgresType(oid: 1009)
    static let int8Array = PostgresType(oid: 1016)
    static let timestamptzArray = PostgresType(oid: 1185)
    static let uuidArray = PostgresType(oid: 2951)

    /// Of a `CREATE TYPE`: the server gives them numbers from 16384 (FirstNormalObjectId).
    var isUserDefined: Bool { oid >= 16384 }

    /// Whether a value of it has the form of an array; an array of an enum counts by its form alone.
    var isArray: Bool { PostgresType.arrays.contains(oid) || isUserDefined }

    /// bool, bytea, char, name, int2, int4, text, oid, varchar, bpchar, int8, float4, float8, timestamp, timestamptz, numeric, uuid, json, jsonb
    private static let arrays: Set<UInt32> = [
        1000, 1001, 1002, 1003, 1005, 1007, 1009, 1028, 1015, 1014, 1016, 1021, 1022, 1115, 1185, 1231, 2951, 199, 3807,
    ]
}

/// `timestamptz`: µs since 2000-01-01 00:00 UTC; the extremes of the range stand for ±infinity.
enum Timestamp {
    private static let epoch = 946_684_800.0

    static func date(_ microseconds: Int64) -> Date {
        switch microseconds {
        case .max: .distantFuture
        case .min: .distantPast
        default: Date(timeIntervalSince1970: epoch + Double(microseconds) / 1_000_000)
        }
    }

    static func microseconds(_ date: Date) -> Int64 {
        let value = ((date.timeIntervalSince1970 - epoch) * 1_000_000).rounded()
        return Int64(exactly: value) ?? (value < 0 ? .min : .max)
    }
}

/// `numeric` in binary: digit count, weight of the first digit, sign, scale (int16 each), then digits of base 10000.
enum Numeric {
    /// The value, where it is whole and fits.
    static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64? {
        func number(_ index: Int) -> Int64 { Int64(Int16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: Int16.self))) }
        let count = number(0)
        let weight = number(1)
        let sign = UInt16(truncatingIfNeeded: number(2))
        guard sign == 0 || sign == 0x4000, weight <= 5, count <= weight + 1 else { return count == 0 && sign == 0 ? 0 : nil }
        var value: Int64 = 0
        for place in 0...max(weight, 0) where count > 0 {
            let digit = place < count ? number(4 + Int(place)) : 0
            let (product, overflow) = value.multipliedReportingOverflow(by: 10000)
            let (sum, carry) = sign == 0 ? product.addingReportingOverflow(digit) : product.subtractingReportingOverflow(digit)
            if overflow || carry { return nil }
            value = sum
        }
        return value
    }
}
