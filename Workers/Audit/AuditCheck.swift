internal import Database

/// One claim about the system, and the query that names what contradicts it.
public struct AuditCheck: Sendable {
    /// Two words with a dot: what it is about.
    public let name: String
    /// What is claimed, as a sentence.
    public let claim: String
    /// Returns one row for each offender: columns subject and detail, both text. May use ``AuditTerms`` as `$1`, `$2` and `$3`.
    let sql: String

    init(_ name: String, _ claim: String, _ sql: String) {
        self.name = name
        self.claim = claim
        self.sql = sql
    }

    /// How many offenders are named; all are counted.
    public static let namedLimit = 20

    /// Columns subject, detail, count.
    func query(_ terms: AuditTerms) -> Query {
        Query(
            """
            with terms (since, types, queues) as (select now() - make_interval(secs => $1::int8), $2::text[], $3::text[])
            select subject::text, detail::text, count(*) over () as count from (\(sql)) as offender (subject, detail)
            order by subject, detail limit \(Self.namedLimit)
            """,
            .integer(terms.graceSeconds), .texts(terms.handlers.map(\.type)), .texts(terms.handlers.map(\.queue)))
    }
}

/// What the checks go by. In SQL it is the table `terms`, of one row: `since`, before which everything should have had its
/// next step; `types` and `queues`, side by side, which queue handles which type.
struct AuditTerms: Sendable {
    let graceSeconds: Int64
    let handlers: [(type: String, queue: String)]
}

/// What a check found.
public struct AuditFinding: Sendable {
    public let check: AuditCheck
    /// How many offenders there are.
    public let count: Int
    /// The first of them: what it is about, and what is wrong with it.
    public let offenders: [(subject: String, detail: String)]

    public var isClean: Bool { count == 0 }
}
