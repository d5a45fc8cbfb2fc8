import Support
import Synchronization
import Testing

@testable import Database

struct TransactionTests {
    struct Stop: Error {}

    @Test func `what a transaction did is there after it and not before`() async throws {
        let fixture = try await Fixture().withAccounts()
        try await fixture.database.transaction { transaction in
            try await transaction.query(Fixture.transfer)
            #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 100)
        }
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 90)
    }

    @Test func `a transaction whose body throws leaves nothing`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }.withAccounts()
        await #expect(throws: Stop.self) {
            try await fixture.database.transaction { transaction in
                try await transaction.query(Fixture.transfer)
                throw Stop()
            }
        }
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 100)
    }

    @Test func `a cancelled task's transaction is rolled back and its connection serves others`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }.withAccounts()
        let before = try await fixture.process()
        let task = Task {
            try await fixture.database.transaction { transaction in
                try await transaction.query(Fixture.transfer)
                withUnsafeCurrentTask { $0?.cancel() }
                try await transaction.query(Fixture.transfer)
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 100)
        #expect(try await fixture.process() == before)
    }

    @Test func `a body that returns in a cancelled task does not commit`() async throws {
        let fixture = try await Fixture().withAccounts()
        let task = Task {
            try await fixture.database.transaction { transaction in
                try await transaction.query(Fixture.transfer)
                withUnsafeCurrentTask { $0?.cancel() }
            }
        }
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 100)
    }

    @Test func `the writes sent with commit happen together or not at all`() async throws {
        let fixture = try await Fixture().withAccounts()
        let bad: Query = "UPDATE accounts SET balance = balance - 1000 WHERE id = 2"
        let error = try await failure {
            try await fixture.database.transaction { transaction in
                try await transaction.query(Fixture.transfer)
                try await transaction.commit(with: [Fixture.transfer, bad, Fixture.transfer])
            }
        }
        #expect(error?.sqlState == "23514")
        #expect(error?.queryIndex == 1)
        #expect(error?.outcomeUnknown == false)
        #expect(try await fixture.count("SELECT sum(balance) FROM accounts") == 200)
        try await fixture.database.transaction { transaction in
            try await transaction.query(Fixture.transfer)
            let rows = try await transaction.commit(with: [Fixture.transfer, "SELECT balance FROM accounts WHERE id = 1"])
            #expect(try rows[1].only().integer(0) == 80)
            // Committed already: this comes too late to undo it.
        }
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 80)
    }

    @Test func `what is thrown after commit undoes nothing`() async throws {
        let fixture = try await Fixture().withAccounts()
        await #expect(throws: Stop.self) {
            try await fixture.database.transaction { transaction in
                try await transaction.commit(with: [Fixture.transfer])
                throw Stop()
            }
        }
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 90)
    }

    @Test func `a failed flight fails its transaction and leaves a usable connection`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }.withAccounts()
        let before = try await fixture.process()
        let error = try await failure {
            try await fixture.database.transaction { transaction in
                try await transaction.query(Fixture.transfer)
                _ = try? await transaction.queries(["SELECT 1 / 0", Fixture.transfer, "SELECT a FROM nowhere"])
                let second = try await failure { try await transaction.query(Fixture.transfer) }
                #expect(second?.code == .misuse)
            }
        }
        #expect(error?.code == .misuse)
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == 100)
        #expect(try await fixture.process() == before)
    }

    @Test func `a transaction that asks nothing takes no connection`() async throws {
        let database = Fixture(url: "postgresql://127.0.0.1:1/nowhere").database
        #expect(try await database.transaction { _ in 5 } == 5)
        #expect(try await database.transaction { try await $0.commit().count } == 0)
    }

    @Test func `a transaction is over after its body`() async throws {
        let fixture = try await Fixture()
        let escaped = try await fixture.database.transaction { transaction in
            try await transaction.query("SELECT 1")
            return transaction
        }
        let error = try await failure { try await escaped.query("SELECT 1") }
        #expect(error?.code == .misuse)
    }

    @Test func `more statements than are kept prepared work as well`() async throws {
        let fixture = try await Fixture {
            $0.connections = 1
            $0.preparedStatements = 4
        }
        for round in 0..<3 {
            for number in 0..<20 { #expect(try await fixture.count("SELECT \(number) + \(round)::int8") == Int64(number + round)) }
            let many = (0..<20).map { Query("SELECT \($0)::int8") }
            let rows = try await fixture.database.transaction { try await $0.queries(many) }
            #expect(try rows.map { try $0.only().integer(0) } == (0..<20).map { Int64($0) })
        }
        #expect(try await fixture.count("SELECT count(*) FROM pg_prepared_statements") <= 24)
        for number in 0..<8 { _ = try await fixture.count("SELECT \(number)::int8 * 2") }
        #expect(try await fixture.count("SELECT count(*) FROM pg_prepared_statements") <= 24)
    }
}
