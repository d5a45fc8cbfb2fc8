public import Database
public import FoundationEssentials

/// The journal's partitions: one a day (UTC), made ahead, dropped when they are older than the journal is kept.
public struct Partitions: Sendable {
    private let database: Database
    /// For how many days a message is remembered; within that time deduplication is exact.
    private let days: Int

    public init(database: Database, days: Int) {
        self.database = database
        self.days = days
    }

    /// Makes what is missing from the oldest day that is kept to three days ahead, and drops what is older.
    public func keep(at now: Date = Date()) async throws {
        let today = Int(now.timeIntervalSince1970) / 86_400
        let wanted = (today - days)...(today + 3)
        let rows = try await database.query(
            Query("select c.relname::text from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'journal'::regclass")
        )
        var present: Set<Int> = []
        for row in rows {
            guard let day = Int(try row.text(0).dropFirst("journal_".count)) else { continue }
            present.insert(day)
        }
        for day in present where day < wanted.lowerBound {
            try await database.script("drop table if exists journal_\(day)")
        }
        for day in wanted where !present.contains(day) {
            let from = MessageID.bound(Date(timeIntervalSince1970: Double(day) * 86_400))
            let to = MessageID.bound(Date(timeIntervalSince1970: Double(day + 1) * 86_400))
            try await database.script(
                "create table if not exists journal_\(day) partition of journal for values from ('\(from)') to ('\(to)')")
        }
    }
}
