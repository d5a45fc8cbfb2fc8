public import FoundationEssentials

/// A value for a `$n` of a statement, sent in binary under the PostgreSQL type named here.
///
/// The server converts on assignment only (`int8` into an `integer` column, `text` into a `varchar` one); elsewhere, and
/// for an enum, say so in the statement: `$1::order_state`, `unnest($1::uuid[])`.
public enum Parameter: Sendable {
    /// `NULL` of whatever type the statement expects there.
    case null
    /// `boolean`
    case bool(Bool)
    /// `int8`
    case integer(Int64)
    /// `text`; U+0000 is refused by the server (22021).
    case text(String)
    /// `bytea`
    case bytes([UInt8])
    /// `uuid`
    case uuid(UUID)
    /// `timestamptz`, to the microsecond.
    case timestamp(Date)
    /// `jsonb`, given as JSON text.
    case json([UInt8])

    /// `boolean[]`
    case bools([Bool])
    /// `int8[]`
    case integers([Int64])
    /// `int8[]`
    case optionalIntegers([Int64?])
    /// `text[]`
    case texts([String])
    /// `text[]`
    case optionalTexts([String?])
    /// `uuid[]`
    case uuids([UUID])
    /// `uuid[]`
    case optionalUUIDs([UUID?])
    /// `timestamptz[]`
    case timestamps([Date])
    /// `timestamptz[]`
    case optionalTimestamps([Date?])
    /// `bytea[]`
    case byteStrings([[UInt8]])
    /// `bytea[]`
    case optionalByteStrings([[UInt8]?])

    /// ``bool(_:)``, or ``null``.
    public static func optionalBool(_ value: Bool?) -> Parameter { value.map { .bool($0) } ?? .null }
    /// ``integer(_:)``, or ``null``.
    public static func optionalInteger(_ value: Int64?) -> Parameter { value.map { .integer($0) } ?? .null }
    /// ``text(_:)``, or ``null``.
    public static func optionalText(_ value: String?) -> Parameter { value.map { .text($0) } ?? .null }
    /// ``bytes(_:)``, or ``null``.
    public static func optionalBytes(_ value: [UInt8]?) -> Parameter { value.map { .bytes($0) } ?? .null }
    /// ``uuid(_:)``, or ``null``.
    public static func optionalUUID(_ value: UUID?) -> Parameter { value.map { .uuid($0) } ?? .null }
    /// ``timestamp(_:)``, or ``null``.
    public static func optionalTimestamp(_ value: Date?) -> Parameter { value.map { .timestamp($0) } ?? .null }
    /// ``json(_:)``, or ``null``.
    public static func optionalJSON(_ value: [UInt8]?) -> Parameter { value.map { .json($0) } ?? .null }
}
