/// What went wrong between us and the database.
///
/// Its description may be logged: it names the statement, never the values of parameters. `detail` may quote values, so
/// it stays out of the description.
public struct DatabaseError: Error, Sendable, CustomStringConvertible {
    /// What kind of failure it is, beside the server's own SQLSTATE.
    public struct Code: Hashable, Sendable, CustomStringConvertible {
        private enum Base: String { case server, connectionLost, cannotConnect, noFreeConnection, unreadable, misuse, closed, migration }
        private let base: Base

        /// The server refused a statement: see `sqlState`.
        public static let server = Code(base: .server)
        /// The connection broke, or the server did not answer in time, while a flight was under way.
        public static let connectionLost = Code(base: .connectionLost)
        /// No connection could be opened.
        public static let cannotConnect = Code(base: .cannotConnect)
        /// Every connection stayed in use for longer than the wait limit.
        public static let noFreeConnection = Code(base: .noFreeConnection)
        /// A column is missing, null or of another type than asked for.
        public static let unreadable = Code(base: .unreadable)
        /// The API was used in a way it can't be: a query after the transaction's end, a flight beyond the bounds.
        public static let misuse = Code(base: .misuse)
        /// The database was closed.
        public static let closed = Code(base: .closed)
        /// The migrations on hand and those recorded in the database don't agree.
        public static let migration = Code(base: .migration)

        public var description: String { base.rawValue }
    }

    public var code: Code
    /// The five letters of the SQL standard, as far as the server gave them.
    public var sqlState: String?
    /// In the server's words, or in ours; values quoted by the server are left out.
    public var message: String
    /// The server's detail. May hold values, hence personal data: not for logs.
    public var detail: String?
    public var constraint: String?
    public var table: String?
    /// Which query of its flight failed, counted from 0.
    public var queryIndex: Int?
    /// The text of the statement that failed, shortened to 300 characters.
    public var sql: String?
    /// Whether the connection ended while a COMMIT, or a statement outside a transaction, was under way: it may have
    /// taken effect. Find out by what it would have left behind.
    public var outcomeUnknown = false
    /// The server function that refused; tells two failures of one SQLSTATE apart.
    var source: String?

    public init(_ code: Code, _ message: String, sqlState: String? = nil) {
        self.code = code
        self.message = message
        self.sqlState = sqlState
    }

    /// The same again may succeed, nothing took effect: deadlock, serialization failure, lock timeout, a plan overtaken by a migration.
    public var isRetriable: Bool {
        switch sqlState {
        case "40001", "40P01", "55P03": true
        default: isStalePlan
        }
    }

    /// The database can't be reached or has thrown us out; not the statement's fault.
    public var isConnectionLost: Bool {
        if code == .connectionLost || code == .cannotConnect { return true }
        guard let sqlState else { return false }
        return sqlState.hasPrefix("08") || ["57P01", "57P02", "57P03", "53300", "25006"].contains(sqlState)
    }

    /// The database is away, or has no room for us now: wait and come back.
    public var isUnavailable: Bool { isConnectionLost || code == .noFreeConnection }

    /// The data's own fault (or a rule of the schema's): what is in the batch decides, so a smaller batch may pass.
    /// Classes 21 (a row twice in one upsert), 22, 23 and 54 (too big), and what a function raised (P0001).
    public var isDataError: Bool {
        guard let sqlState else { return false }
        return ["21", "22", "23", "54"].contains(sqlState.prefix(2)) || sqlState == "P0001"
    }

    /// A duplicate key; `constraint` names which.
    public var isUniqueViolation: Bool { sqlState == "23505" }

    /// The server ended the statement: its time was up.
    public var isStatementTimeout: Bool { sqlState == "57014" }

    /// "cached plan must not change result type": the statement must be prepared anew.
    var isStalePlan: Bool { (sqlState == "0A000" && source == "RevalidateCachedQuery") || sqlState == "26000" }

    public var description: String {
        var text = message
        if let sqlState { text += " (SQLSTATE \(sqlState))" }
        if let table { text += ", table \(table)" }
        if let constraint { text += ", constraint \(constraint)" }
        if outcomeUnknown { text += ", may have taken effect" }
        if let queryIndex { text += ", query \(queryIndex + 1) of its flight" }
        if let sql { text += ": \(sql)" }
        return text
    }
}
