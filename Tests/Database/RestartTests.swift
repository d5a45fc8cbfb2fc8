import Foundation
import PrivateServers
import Support
import Testing

@testable import Database

struct RestartTests {
    @Test func `after the server was stopped or has crashed work goes on when it is back`() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/sluice-restart-\(UInt32.random(in: 0 ... .max))"
        let servers = try await PrivateServers.start(
            PrivateServers.Plan(directory: directory, broker: false, database: true, isTemporary: true))
        do {
            try await restart(try #require(servers.database))
        } catch {
            await servers.stop()
            throw error
        }
        await servers.stop()
    }

    private func restart(_ server: PrivateDatabase) async throws {
        let fixture = try await Fixture(url: server.url) { $0.waitLimit = .milliseconds(500) }.withAccounts()
        for isCrash in [false, true] {
            let before = try await fixture.count("SELECT balance FROM accounts WHERE id = 1")
            if isCrash { await server.crash() } else { await server.stop() }
            let away = try await failure { try await fixture.database.query(Fixture.transfer) }
            #expect(away?.isUnavailable == true)
            // Who comes while it is away waits for it.
            let patient = Fixture(url: server.url) { $0.waitLimit = .seconds(30) }.database
            async let waiting = patient.query(Fixture.transfer)
            try await eventually("it waits") { patient.usage.waiting == 1 }
            try await server.start()
            #expect(try await waiting.affected == 1)
            try await eventually("work goes on") { try await failure { try await fixture.database.query("SELECT 1") } == nil }
            #expect(try await fixture.count("SELECT balance FROM accounts WHERE id = 1") == before - 10)
            await patient.close()
        }
        await fixture.database.close()
    }
}
