import Foundation
import Messaging
import PrivateServers
import Support
import Testing

@testable import Work

/// What happens to work in hand when a server goes down under it: with servers of the test's own, which are really killed.
@Suite(.serialized) struct OutageTests {
    @Test func `with the database killed, work waits, charges no message, and goes on when it is back`() async throws {
        let servers = try await Self.servers(database: true)
        let server = try #require(servers.database)
        let fixture = try await Fixture(databaseURL: server.url)
        try await fixture.working(Scribe()) {
            try await fixture.publish(Fixture.envelopes((0..<100).map { "before \($0)" }))
            _ = try await fixture.taken(100)
            await server.crash()
            try await fixture.publish(Fixture.envelopes((0..<100).map { "meanwhile \($0)" }))
            try await server.start()
            _ = try await fixture.taken(100)
        }
        #expect(try await fixture.count("select count(*) from effects") == 200)
        #expect(try await fixture.count("select max(attempt) from journal") == 1)
        #expect(try await fixture.broker.depth(of: "work").messages == 0)
        await fixture.close()
        await servers.stop()
    }

    @Test func `with the broker killed, what was committed is published when it is back, and nothing is done twice`() async throws {
        let servers = try await Self.servers(broker: true)
        let server = try #require(servers.broker)
        let fixture = try await Fixture(brokerURL: server.url)
        try await Self.remembers(queues: ["work", "next"], servers)
        try await fixture.publish(Fixture.envelopes((0..<1_000).map { "note \($0)" }))
        try await fixture.working(Scribe()) {
            try await eventually("some are done") { try await fixture.count("select count(*) from effects") > 0 }
            await server.crash()
            try await server.start()
            try await eventually(within: .seconds(180), "all are done") { try await fixture.count("select count(*) from effects") == 1_000 }
            try await eventually(within: .seconds(180), "all are passed on and acknowledged") {
                let left = try await fixture.broker.depth(of: "work").messages
                let passedOn = try await fixture.broker.depth(of: "next").messages
                return left == 0 && passedOn >= 1_000
            }
        }
        #expect(try await fixture.count("select count(distinct message_id) from effects") == 1_000)
        await fixture.close()
        await servers.stop()
    }

    /// Waits until a node would know its quorum queues again after a SIGKILL. RabbitMQ 3.10 saves the table of their names half a second
    /// after the last change (each name there is followed by the `m` of its binary); one that is missing there is started empty, finds no leader, and confirms nothing ever.
    private static func remembers(queues: [String], _ servers: PrivateServers) async throws {
        let names = "\(servers.directory)/rabbitmq/data/sluice@localhost/quorum/sluice@localhost/names.dets"
        try await eventually("the node has saved the names of its queues") {
            guard let saved = try FileManager.default.attributesOfItem(atPath: names)[.modificationDate] as? Date else { return false }
            let table = FileManager.default.contents(atPath: names) ?? Data()
            return saved < Date(timeIntervalSinceNow: -1) && queues.allSatisfy { table.range(of: Data("sluice_\($0)m".utf8)) != nil }
        }
    }

    private static func servers(broker: Bool = false, database: Bool = false) async throws -> PrivateServers {
        let directory = "/tmp/sluice-outage-\(UInt32.random(in: 0 ... .max))"
        return try await PrivateServers.start(
            PrivateServers.Plan(directory: directory, broker: broker, database: database, isTemporary: true))
    }
}
