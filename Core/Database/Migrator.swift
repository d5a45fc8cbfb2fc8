/// Brings a database's schema up to date.
///
/// What was applied is recorded in the table `migrations`, with a checksum of its text. A database that records something
/// else than the migrations on hand is refused, before anything is changed.
public struct Migrator: Sendable {
    private let database: Database
    private let migrations: [Migration]

    /// One migrator at a time works on a database: the key of its advisory lock ("migrate" in ASCII).
    private static let lock: Int64 = 0x6d69_6772_6174_65

    /// How long to wait for another migrator, and for a single migration.
    private static let limit = Duration.seconds(600)

    public init(database: Database, migrations: [Migration]) {
        self.database = database
        self.migrations = migrations
    }

    /// Applies what is missing, each migration in a transaction of its own. Waits for a migrator that is at it already.
    /// Returns what it applied.
    ///
    /// - Throws: ``DatabaseError/Code/migration`` where a recorded migration was edited, is missing or came out of order;
    ///   the server's refusal, with the migration and its line.
    @discardableResult
    public func run() async throws -> [Migration] {
        try MigrationPlan.check(migrations)
        return try await database.withOwnConnection(watchdogLimit: Migrator.limit + .seconds(10)) {
        } _: { connection in
            try await connection.script("SET statement_timeout = \(Migrator.limit.milliseconds); SET lock_timeout = 0")
            _ = try await connection.fly(Flight(alone: [Query("SELECT pg_advisory_lock($1)", .integer(Migrator.lock))]))
            try await connection.script(Migrator.table)
            let rows = try await connection.fly(Flight(alone: [Migrator.recorded]))?[0]
            let missing = try MigrationPlan(migrations, recorded: MigrationPlan.records(in: rows)).missing
            for migration in missing { try await apply(migration, on: connection) }
            return missing
        }
    }

    /// What ``run()`` would apply. Changes nothing.
    public func pending() async throws -> [Migration] {
        try MigrationPlan.check(migrations)
        let exists = try await database.query("SELECT to_regclass('migrations') IS NOT NULL").only().bool(0)
        let rows = exists ? try await database.query(Migrator.recorded) : nil
        return try MigrationPlan(migrations, recorded: MigrationPlan.records(in: rows)).missing
    }

    private func apply(_ migration: Migration, on connection: Connection) async throws {
        do {
            // On the line of BEGIN, so that lines count as in the migration.
            try await connection.script("BEGIN; SET LOCAL lock_timeout = '10s'; \(migration.sql)")
            let record = Query(
                "INSERT INTO migrations (number, name, checksum) VALUES ($1, $2, $3)",
                .integer(Int64(migration.number)), .text(migration.name), .text(migration.checksum))
            _ = try await connection.fly(Flight([record], begins: false, end: .commit))
        } catch {
            var error = error
            error.message = "migration \(migration.title): \(error.message)"
            throw error
        }
    }

    private static let recorded: Query = "SELECT number, name, checksum FROM migrations ORDER BY number"

    private static let table = """
        SET client_min_messages = warning;
        CREATE TABLE IF NOT EXISTS migrations (
            number integer PRIMARY KEY,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now()
        )
        """
}

/// What is recorded against what is on hand. Pure.
struct MigrationPlan {
    struct Record: Sendable, Equatable {
        let number: Int
        let name: String
        let checksum: String
    }

    /// On hand and not recorded, in order.
    let missing: [Migration]

    init(_ migrations: [Migration], recorded: [Record]) throws(DatabaseError) {
        for (index, record) in recorded.enumerated() {
            let title = Migration(number: record.number, name: record.name, sql: "").title
            guard index < migrations.count else {
                throw MigrationPlan.refusal("the database has \(title), which this program does not know: run a newer program")
            }
            let migration = migrations[index]
            guard record.number == migration.number else {
                throw MigrationPlan.refusal(
                    "the database has \(title) but not \(migration.title): it came out of order. Give it a number after the last")
            }
            guard record.name == migration.name, record.checksum == migration.checksum else {
                throw MigrationPlan.refusal(
                    "\(migration.title) was edited after it had been applied (as \(title)): restore it and write a new migration")
            }
        }
        missing = Array(migrations.dropFirst(recorded.count))
    }

    /// Whether they are numbered from 1 without gaps.
    static func check(_ migrations: [Migration]) throws(DatabaseError) {
        for (index, migration) in migrations.enumerated() where migration.number != index + 1 {
            throw refusal("\(migration.title) stands where number \(index + 1) belongs: migrations count from 1 without gaps")
        }
    }

    static func records(in rows: Rows?) throws -> [Record] {
        try (rows.map(Array.init) ?? []).map { row in
            let (number, name, checksum) = try row.decode(Int64.self, String.self, String.self)
            return Record(number: Int(number), name: name, checksum: checksum)
        }
    }

    private static func refusal(_ message: String) -> DatabaseError { DatabaseError(.migration, message) }
}
