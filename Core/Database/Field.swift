/// One value of a result: a column of a row, or an element of an array in one.
///
/// It lives as long as the result it looks into, which it keeps alive.
public struct Field {
    let result: ResultHandle
    let type: PostgresType
    /// In the result's memory; nil for NULL.
    private let value: UnsafeRawBufferPointer?
    private let column: Int

    init(result: ResultHandle, row: Int, column: Int) {
        self.result = result
        self.column = column
        type = PostgresType(oid: result.columnType(column))
        value = result.value(row: row, column: column)
    }

    private init(elementOf array: Field, type: PostgresType, value: UnsafeRawBufferPointer?) {
        (result, column, self.type, self.value) = (array.result, array.column, type, value)
    }

    var isNull: Bool { value == nil }

    /// The value's binary form. `wanted` is what the caller wants it for, in words.
    func bytes(as wanted: String) throws(DatabaseError) -> UnsafeRawBufferPointer {
        guard let value else { throw mismatch(wanted, is: "NULL") }
        return value
    }

    func json() throws(DatabaseError) -> [UInt8] {
        let bytes = try bytes(as: "json")
        switch type {
        // jsonb in binary is a version byte, 1, and the text.
        case .jsonb: return Array(bytes.dropFirst())
        case .json, .text, .varchar: return Array(bytes)
        default: throw mismatch("json")
        }
    }

    /// A one-dimensional array: dimensions, a flag for NULLs, the elements' type, then per dimension its size and lower
    /// bound, then each element's length (-1 for NULL) and bytes; all as big-endian int32.
    func elements<Element: ColumnValue>() throws(DatabaseError) -> [Element] {
        let bytes = try bytes(as: "an array")
        guard type.isArray else { throw mismatch("an array") }
        func number(_ offset: Int) -> Int { Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))) }
        let dimensions = number(0)
        if dimensions == 0 { return [] }
        guard dimensions == 1 else { throw mismatch("a one-dimensional array") }
        let elementType = PostgresType(oid: UInt32(truncatingIfNeeded: number(8)))
        let count = number(12)
        var elements: [Element] = []
        elements.reserveCapacity(count)
        var offset = 20
        for _ in 0..<count {
            let length = number(offset)
            offset += 4
            let value = length < 0 ? nil : UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + length])
            offset += max(length, 0)
            elements.append(try Element.read(Field(elementOf: self, type: elementType, value: value)))
        }
        return elements
    }

    /// The error for a value that isn't what was asked for. Never tells the value.
    func mismatch(_ wanted: String, is found: String? = nil) -> DatabaseError {
        let name = result.columnName(column)
        return DatabaseError(.unreadable, "column \(column) (\(name)) is \(found ?? "of type \(type.oid)"), not \(wanted)")
    }
}
