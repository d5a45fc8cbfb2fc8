import FoundationEssentials
import Support
import Testing

@testable import Database

struct ErrorTests {
    @Test func `a duplicate key names its constraint and table, and no values`() async throws {
        let fixture = try await Fixture().withAccounts()
        let error = try await failure {
            try await fixture.database.query(Query("INSERT INTO accounts VALUES ($1, $2, 0)", .integer(3), .text("one")))
        }
        #expect(error?.isUniqueViolation == true)
        #expect(error?.isDataError == true)
        #expect(error?.isRetriable == false)
        #expect(error?.constraint == "accounts_owner_key")
        #expect(error?.table == "accounts")
        #expect(error?.description.contains("(one)") == false)
    }

    @Test func `the data's own fault is told from the program's`() async throws {
        let fixture = try await Fixture().withAccounts()
        let database = fixture.database
        #expect(try await failure { try await database.query("UPDATE accounts SET balance = -1") }?.isDataError == true)
        let unreadable = try await failure { try await database.query(Query("SELECT $1::uuid", .text("13800138000"))) }
        #expect(unreadable?.isDataError == true)
        #expect(unreadable?.description.contains("13800138000") == false)
        #expect(try await failure { try await database.query(Query("SELECT $1", .text("a\0b"))) }?.isDataError == true)
        #expect(try await failure { try await database.query("SELECT 1 / 0") }?.isDataError == true)
        let raised = try await failure { try await database.script("DO $$ BEGIN RAISE EXCEPTION 'no'; END $$") }
        #expect(raised?.isDataError == true)
        let bug = try await failure { try await database.query("SELECT nothing FROM accounts") }
        #expect(bug?.isDataError == false)
        #expect(bug?.isRetriable == false)
        #expect(bug?.isUnavailable == false)
    }

    @Test func `the failing query of a flight is named, and nothing of the flight stays`() async throws {
        let fixture = try await Fixture().withAccounts()
        let error = try await failure {
            try await fixture.database.queries([
                "INSERT INTO accounts VALUES (3, 'three', 0)", "INSERT INTO accounts VALUES (1, 'x', 0)", "SELECT 1 / 0",
            ])
        }
        #expect(error?.queryIndex == 1)
        #expect(error?.sql == "INSERT INTO accounts VALUES (1, 'x', 0)")
        #expect(error?.isUniqueViolation == true)
        #expect(try await fixture.count("SELECT count(*) FROM accounts") == 2)
    }

    @Test func `a rule that is checked at commit fails the flight`() async throws {
        let fixture = try await Fixture()
        try await fixture.database.script(
            """
            CREATE TABLE parents (id int8 PRIMARY KEY);
            CREATE TABLE children (parent int8 REFERENCES parents DEFERRABLE INITIALLY DEFERRED);
            """)
        let insert: Query = "INSERT INTO children VALUES (1)"
        let alone = try await failure { try await fixture.database.query(insert) }
        #expect(alone?.sqlState == "23503")
        let together = try await failure { try await fixture.database.transaction { try await $0.commit(with: [insert]) } }
        #expect(together?.sqlState == "23503")
        #expect(together?.outcomeUnknown == false)
        #expect(try await fixture.count("SELECT count(*) FROM children") == 0)
    }

    @Test func `a deadlock is broken by the server and may be retried`() async throws {
        let fixture = try await Fixture().withAccounts()
        let database = Fixture(url: fixture.url + "?options=-c%20deadlock_timeout%3D50ms") { $0.lockTimeout = .seconds(10) }.database
        let meeting = Meeting(of: 2)
        let errors = try await withThrowingTaskGroup(of: DatabaseError?.self) { group in
            for (first, second) in [(1, 2), (2, 1)] as [(Int64, Int64)] {
                group.addTask {
                    try await failure {
                        try await database.transaction { transaction in
                            try await transaction.query(Query("UPDATE accounts SET balance = balance + 1 WHERE id = $1", .integer(first)))
                            await meeting.arrive()
                            try await transaction.query(Query("UPDATE accounts SET balance = balance + 1 WHERE id = $1", .integer(second)))
                        }
                    }
                }
            }
            return try await group.reduce(into: []) { $0.append($1) }.compactMap(\.self)
        }
        #expect(errors.count == 1)
        #expect(errors.first?.sqlState == "40P01")
        #expect(errors.first?.isRetriable == true)
        #expect(try await fixture.count("SELECT sum(balance) FROM accounts") == 202)
    }

    @Test func `waiting for a lock ends by its timeout and may be retried`() async throws {
        let fixture = try await Fixture { $0.lockTimeout = .milliseconds(100) }.withAccounts()
        let error = try await failure {
            try await fixture.database.transaction { holder in
                try await holder.query(Fixture.transfer)
                try await fixture.database.query(Fixture.transfer)
            }
        }
        #expect(error?.sqlState == "55P03")
        #expect(error?.isRetriable == true)
    }

    @Test func `a statement that takes too long is ended by the server, and its connection goes on`() async throws {
        let fixture = try await Fixture {
            $0.statementTimeout = .milliseconds(100)
            $0.connections = 1
        }
        let before = try await fixture.process()
        let error = try await failure { try await fixture.database.query("SELECT pg_sleep(30)") }
        #expect(error?.isStatementTimeout == true)
        #expect(try await fixture.process() == before)
    }

    @Test func `a statement prepared before the table changed is prepared anew`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }.withAccounts()
        let query: Query = "SELECT * FROM accounts WHERE id = 1"
        #expect(try await fixture.database.query(query).columns.count == 3)
        try await fixture.database.script("ALTER TABLE accounts ADD COLUMN note text")
        let error = try await failure { try await fixture.database.query(query) }
        #expect(error == nil || error?.isRetriable == true)
        #expect(try await fixture.database.query(query).columns == ["id", "owner", "balance", "note"])
    }

    @Test func `COPY is refused, and what follows works`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }.withAccounts()
        for sql in ["COPY accounts TO STDOUT", "COPY accounts FROM STDIN"] {
            #expect(try await failure { try await fixture.database.query(Query(sql)) } != nil)
            #expect(try await failure { try await fixture.database.script(sql) } != nil)
            #expect(try await fixture.count("SELECT count(*) FROM accounts") == 2)
        }
    }

    @Test func `several statements in one query are refused`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }
        #expect(try await failure { try await fixture.database.query("SELECT 1; SELECT 2") }?.sqlState == "42601")
        #expect(try await fixture.count("SELECT 1::int8") == 1)
    }

    @Test func `an error in a script names its line`() async throws {
        let fixture = try await Fixture()
        let error = try await failure { try await fixture.database.script("SELECT 1;\nSELECT 2;\nSELECT nonsense;\n") }
        #expect(error?.message.hasPrefix("line 3: ") == true)
    }

    @Test func `a wrong URL, password or database is told within the wait limit`() async throws {
        let unreadable = Fixture(url: "postgresql://u:hidden@host:port:1/x?nothing=1").database
        let error = try await failure { try await unreadable.query("SELECT 1") }
        #expect(error?.code == .misuse)
        #expect(error?.description.contains("hidden") == false)
        let missing = try await Fixture()
        let url = missing.url.replacing("/test_", with: "/absent_")
        let absent = Fixture(url: url) { $0.waitLimit = .seconds(2) }.database
        let refused = try await failure { try await absent.query("SELECT 1") }
        #expect(refused?.isUnavailable == true)
        #expect(refused?.message.contains("does not exist") == true)
    }
}
