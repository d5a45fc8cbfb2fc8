/// A statement and what its `$1`, `$2`, … stand for.
///
/// A statement is prepared once on each connection and found again by its text: keep the text constant and let only the
/// parameters vary. One statement only; for several at once see ``Database/script(_:limit:)``.
public struct Query: Sendable, ExpressibleByStringLiteral {
    public var sql: String
    public var parameters: [Parameter]

    public init(_ sql: String, _ parameters: Parameter...) {
        self.init(sql, parameters: parameters)
    }

    public init(_ sql: String, parameters: [Parameter]) {
        self.sql = sql
        self.parameters = parameters
    }

    public init(stringLiteral sql: String) {
        self.init(sql, parameters: [])
    }
}
