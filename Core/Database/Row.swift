public import FoundationEssentials

/// One row. Columns are counted from 0; each accessor says which PostgreSQL types it reads and throws
/// ``DatabaseError/Code/unreadable`` for another type, a column that isn't there, or a NULL it can't express.
public struct Row: Sendable {
    let result: ResultHandle
    let index: Int

    /// `boolean`
    public func bool(_ column: Int) throws(DatabaseError) -> Bool { try Bool.read(field(column)) }
    /// `int2`, `int4`, `int8`, `oid`, and a whole `numeric` (what `sum` of an `int8` gives)
    public func integer(_ column: Int) throws(DatabaseError) -> Int64 { try Int64.read(field(column)) }
    /// `float4`, `float8`
    public func double(_ column: Int) throws(DatabaseError) -> Double { try Double.read(field(column)) }
    /// `text`, `varchar`, `char`, `name`, `json`, `jsonb`, enums
    public func text(_ column: Int) throws(DatabaseError) -> String { try String.read(field(column)) }
    /// `bytea`
    public func bytes(_ column: Int) throws(DatabaseError) -> [UInt8] { try [UInt8].read(field(column)) }
    /// `uuid`
    public func uuid(_ column: Int) throws(DatabaseError) -> UUID { try UUID.read(field(column)) }
    /// `timestamptz`, `timestamp` (taken as UTC)
    public func timestamp(_ column: Int) throws(DatabaseError) -> Date { try Date.read(field(column)) }
    /// `json`, `jsonb`, `text`: the text as it is, not decoded
    public func json(_ column: Int) throws(DatabaseError) -> [UInt8] { try field(column).json() }

    /// ``bool(_:)``, or nil for NULL.
    public func optionalBool(_ column: Int) throws(DatabaseError) -> Bool? { try Bool?.read(field(column)) }
    /// ``integer(_:)``, or nil for NULL.
    public func optionalInteger(_ column: Int) throws(DatabaseError) -> Int64? { try Int64?.read(field(column)) }
    /// ``double(_:)``, or nil for NULL.
    public func optionalDouble(_ column: Int) throws(DatabaseError) -> Double? { try Double?.read(field(column)) }
    /// ``text(_:)``, or nil for NULL.
    public func optionalText(_ column: Int) throws(DatabaseError) -> String? { try String?.read(field(column)) }
    /// ``bytes(_:)``, or nil for NULL.
    public func optionalBytes(_ column: Int) throws(DatabaseError) -> [UInt8]? { try [UInt8]?.read(field(column)) }
    /// ``uuid(_:)``, or nil for NULL.
    public func optionalUUID(_ column: Int) throws(DatabaseError) -> UUID? { try UUID?.read(field(column)) }
    /// ``timestamp(_:)``, or nil for NULL.
    public func optionalTimestamp(_ column: Int) throws(DatabaseError) -> Date? { try Date?.read(field(column)) }
    /// ``json(_:)``, or nil for NULL.
    public func optionalJSON(_ column: Int) throws(DatabaseError) -> [UInt8]? {
        let field = try field(column)
        return field.isNull ? nil : try field.json()
    }

    /// A one-dimensional array of what `Element` reads; `[String?].self` style: `try row.array(0, of: String?.self)`.
    public func array<Element: ColumnValue>(_ column: Int, of element: Element.Type = Element.self) throws(DatabaseError) -> [Element] {
        try field(column).elements()
    }

    /// Whether the column is NULL.
    public func isNull(_ column: Int) throws(DatabaseError) -> Bool { try field(column).isNull }

    /// The first columns, in order: `let (id, total, note) = try row.decode(UUID.self, Int64.self, String?.self)`.
    public func decode<each Value: ColumnValue>(_ types: repeat (each Value).Type) throws -> (repeat each Value) {
        var column = -1
        func next<Next: ColumnValue>(_ type: Next.Type) throws -> Next {
            column += 1
            return try Next.read(field(column))
        }
        return (repeat try next(each types))
    }

    private func field(_ column: Int) throws(DatabaseError) -> Field {
        guard column >= 0, column < result.columnCount else {
            throw DatabaseError(.unreadable, "there is no column \(column): the statement has \(result.columnCount)")
        }
        return Field(result: result, row: index, column: column)
    }
}
