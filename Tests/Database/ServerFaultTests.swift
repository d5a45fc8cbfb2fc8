import Support
import Testing

@testable import Database

struct ServerFaultTests {
    @Test func `a killed connection is replaced and no caller notices`() async throws {
        let fixture = try await Fixture { $0.connections = 2 }
        let other = fixture.other()
        for _ in 0..<5 {
            let process = try await fixture.process()
            #expect(try await other.query(Query("SELECT pg_terminate_backend($1::int4, 5000)", .integer(process))).only().bool(0))
            #expect(try await fixture.process() != process)
        }
        await other.close()
    }

    @Test func `a connection killed inside a transaction fails it without doubt`() async throws {
        let fixture = try await Fixture().withAccounts()
        let error = try await failure {
            try await fixture.database.transaction { transaction in
                let process = try await transaction.queries([Fixture.transfer, "SELECT pg_backend_pid()"])[1].only().integer(0)
                try await fixture.database.query(Query("SELECT pg_terminate_backend($1::int4, 5000)", .integer(process)))
                try await transaction.commit(with: [Fixture.transfer])
            }
        }
        #expect(error?.isConnectionLost == true)
        #expect(try await fixture.count("SELECT sum(balance) FROM accounts") == 200)
    }

    @Test func `no more connections than the bound, however many ask`() async throws {
        let fixture = try await Fixture { $0.connections = 3 }
        let most = try await withThrowingTaskGroup(of: Int64.self) { group in
            for _ in 0..<30 {
                group.addTask {
                    try await fixture.count(
                        "SELECT count(*) FROM pg_stat_activity, pg_sleep(0.01) WHERE datname = current_database() AND application_name = 'test'"
                    )
                }
            }
            return try await group.reduce(0, max)
        }
        #expect((2...3).contains(most))
        #expect(fixture.database.usage.open <= 3)
    }

    @Test func `waiting for a connection is bounded, and ends by cancellation`() async throws {
        let fixture = try await Fixture {
            $0.connections = 1
            $0.waitLimit = .seconds(1)
        }
        try await fixture.database.transaction { transaction in
            try await transaction.query("SELECT 1")
            let error = try await failure { try await fixture.database.query("SELECT 1") }
            #expect(error?.code == .noFreeConnection)
            #expect(error?.isUnavailable == true)
            let waiting = Task { try await fixture.database.query("SELECT 1") }
            try await eventually("it waits") { fixture.database.usage.waiting == 1 }
            waiting.cancel()
            await #expect(throws: CancellationError.self) { try await waiting.value }
            #expect(fixture.database.usage.waiting == 0)
        }
        #expect(try await fixture.count("SELECT 1::int8") == 1)
    }

    @Test func `a frozen server does not hang its callers`() async throws {
        let fixture = try await Fixture().withAccounts()
        let (proxy, url) = try fixture.proxy()
        defer { proxy.close() }
        let database = Fixture(url: url) {
            $0.statementTimeout = .milliseconds(200)
            $0.watchdogSlack = .milliseconds(200)
            $0.connectTimeout = .seconds(2)
            $0.waitLimit = .seconds(4)
        }.database
        try await database.query("SELECT 1")
        proxy.mode = .frozen
        let start = ContinuousClock.now
        let inFlight = try await failure {
            try await database.transaction { try await $0.query(Fixture.transfer) }
        }
        #expect(inFlight?.isConnectionLost == true)
        #expect(inFlight?.outcomeUnknown == false)
        let connecting = try await failure { try await database.query("SELECT 1") }
        #expect(connecting?.isUnavailable == true)
        #expect(ContinuousClock.now - start < .seconds(15))
        proxy.mode = .passing
        try await eventually("it thaws") { try await failure { try await database.query("SELECT 1") } == nil }
        await database.close()
    }

    @Test(arguments: [true, false])
    func `a connection lost during COMMIT leaves the outcome unknown`(isForwarded: Bool) async throws {
        let fixture = try await Fixture().withAccounts()
        let (proxy, url) = try fixture.proxy()
        defer { proxy.close() }
        let database = Fixture(url: url).database
        let error = try await failure {
            try await database.transaction { transaction in
                try await transaction.query("SELECT balance FROM accounts WHERE id = 1 FOR UPDATE")
                proxy.mode = isForwarded ? .cuttingAnswers : .cuttingRequests
                try await transaction.commit(with: [Fixture.transfer])
            }
        }
        #expect(error?.isConnectionLost == true)
        #expect(error?.outcomeUnknown == true)
        #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == (isForwarded ? 90 : 100))
        proxy.mode = .passing
        try await database.query("SELECT 1")
        await database.close()
    }

    @Test func `a lock has one holder and is free after it`() async throws {
        let fixture = try await Fixture()
        let other = fixture.other()
        let held = try await fixture.database.holdingLock(42) {
            let same = try await other.holdingLock(42) { 1 }
            let another = try await other.holdingLock(43) { 2 }
            #expect(same == nil)
            #expect(another == 2)
            return 3
        }
        let next = try await other.holdingLock(42) { 4 }
        #expect(held == 3)
        #expect(next == 4)
    }

    @Test func `the holder of a lock is cancelled when its connection is lost`() async throws {
        let fixture = try await Fixture()
        let holder = Task {
            try await fixture.database.holdingLock(7) { try await Task.sleep(for: .seconds(3600)) }
        }
        let kill: Query =
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        try await eventually("its session is ended") { try await !fixture.database.query(kill).isEmpty }
        let error = try await failure { try await holder.value }
        #expect(error?.isConnectionLost == true)
        let next = try await fixture.database.holdingLock(7) { 1 }
        #expect(next == 1)
    }

    @Test func `closing waits for what is under way and refuses what comes later`() async throws {
        let fixture = try await Fixture { $0.connections = 1 }.withAccounts()
        let meeting = Meeting(of: 2)
        let task = Task {
            try await fixture.database.transaction { transaction in
                try await transaction.query(Fixture.transfer)
                await meeting.arrive()
                try await transaction.commit(with: [Fixture.transfer])
            }
        }
        await meeting.arrive()
        await fixture.database.close()
        _ = try await task.value
        let error = try await failure { try await fixture.database.query("SELECT 1") }
        #expect(error?.code == .closed)
        #expect(try await fixture.other().query("SELECT balance FROM accounts WHERE id = 1").only().integer(0) == 80)
    }

    @Test func `a database that is let go ends its connections`() async throws {
        let fixture = try await Fixture()
        let ids = try await {
            let database = fixture.other { $0.name = "let go" }
            return try await database.query("SELECT pg_backend_pid()").only().integer(0)
        }()
        try await eventually("its session is over") {
            try await fixture.database.query(Query("SELECT 1 FROM pg_stat_activity WHERE pid = $1", .integer(ids))).isEmpty
        }
    }
}
