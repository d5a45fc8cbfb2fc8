import Support
import Testing

@testable import Database

struct MigratorTests {
    static let first = Migration(number: 1, name: "first", sql: "CREATE TABLE one (id int8);\nCREATE TABLE uno (id int8);")
    static let second = Migration(number: 2, name: "second", sql: "CREATE TABLE two (id int8);")

    @Test func `migrations are applied once, and pending ones are told before`() async throws {
        let database = try await Fixture().database
        let migrator = Migrator(database: database, migrations: [Self.first])
        #expect(try await migrator.pending().map(\.title) == ["0001_first"])
        #expect(try await migrator.run().map(\.title) == ["0001_first"])
        #expect(try await migrator.run().isEmpty)
        let next = Migrator(database: database, migrations: [Self.first, Self.second])
        #expect(try await next.pending().map(\.title) == ["0002_second"])
        #expect(try await next.run().map(\.title) == ["0002_second"])
        #expect(try await next.pending().isEmpty)
    }

    @Test func `several migrators at once apply each migration once`() async throws {
        let fixture = try await Fixture()
        let applied = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                let database = fixture.other()
                group.addTask { try await Migrator(database: database, migrations: [Self.first, Self.second]).run().count }
            }
            return try await group.reduce(0, +)
        }
        #expect(applied == 2)
    }

    @Test func `an edited, missing or unknown migration is refused and nothing is changed`() async throws {
        let fixture = try await Fixture()
        _ = try await Migrator(database: fixture.database, migrations: [Self.first, Self.second]).run()
        let third = Migration(number: 3, name: "third", sql: "CREATE TABLE three ()")
        let edited = Migration(number: 1, name: "first", sql: Self.first.sql + " ")
        let renamed = Migration(number: 2, name: "other", sql: Self.second.sql)
        let lists = [[edited, Self.second, third], [Self.first, renamed, third], [Self.first]]
        for (list, word) in zip(lists, ["0001_first was edited", "0002_other was edited", "0002_second, which this program does not know"])
        {
            let error = try await failure { try await Migrator(database: fixture.database, migrations: list).run() }
            #expect(error?.code == .migration)
            #expect(error?.message.contains(word) == true, "\(error.map(String.init(describing:)) ?? "no error")")
        }
        #expect(try await fixture.count("SELECT count(*) FROM pg_tables WHERE tablename = 'three'") == 0)
    }

    @Test func `migrations out of order are refused`() async throws {
        let fixture = try await Fixture()
        let gap = Migration(number: 3, name: "third", sql: "CREATE TABLE three ()")
        for list in [[Self.second], [Self.first, gap], [Self.second, Self.first], [Self.first, Self.first]] {
            let error = try await failure { try await Migrator(database: fixture.database, migrations: list).run() }
            #expect(error?.code == .migration)
        }
        // One that came late to this program, but the database went on without it.
        _ = try await Migrator(database: fixture.database, migrations: [Self.first, Self.second]).run()
        try await fixture.database.query("DELETE FROM migrations WHERE number = 1")
        let error = try await failure { try await Migrator(database: fixture.database, migrations: [Self.first, Self.second]).run() }
        #expect(error?.message.contains("out of order") == true)
    }

    @Test func `a migration that fails leaves nothing of itself, and says where`() async throws {
        let fixture = try await Fixture()
        let bad = Migration(number: 2, name: "bad", sql: "CREATE TABLE half ();\n\nCREATE TABEL rest ();")
        let error = try await failure { try await Migrator(database: fixture.database, migrations: [Self.first, bad]).run() }
        #expect(error?.message.hasPrefix("migration 0002_bad: line 3: ") == true)
        #expect(try await fixture.count("SELECT count(*) FROM pg_tables WHERE tablename = 'half'") == 0)
        #expect(try await fixture.count("SELECT count(*) FROM migrations") == 1)
    }
}
