import Foundation
import PrivateServers
import Support
import Testing
import Topology

@testable import Messaging

/// What only a node of our own can be made to do; all in one test, for a node takes seconds to start.
@Suite(.serialized) struct `a node of our own` {
    @Test func `blocks publishers, parts from them, is killed and comes back, and speaks TLS to who trusts it`() async throws {
        let directory = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-node-\(UUID().uuidString)").path
        let servers = try await PrivateServers.start(
            PrivateServers.Plan(directory: directory, broker: true, database: false, isTemporary: true))
        do {
            let node = try #require(servers.broker)
            let rig = Rig(url: node.url, topology: try Topology.parse(yaml: Rig.yaml))
            try await blocks(rig, node)
            try await comesBack(rig, node)
            try await speaksTLS(rig, node)
        } catch {
            await servers.stop()
            throw error
        }
        await servers.stop()
    }

    private func blocks(_ rig: Rig, _ node: PrivateBroker) async throws {
        try await rig.withBroker { broker in
            try await broker.apply(rig.topology)
            let publisher = broker.publisher()
            #expect(try await publisher.publish([publication()]) == [.confirmed])
            try await node.control("set_vm_memory_high_watermark", "0.00001")
            // The broker tells who publishes; what was sent before that is unconfirmed until the alarm is over.
            _ = try? await publisher.publish([publication()], timeout: .milliseconds(500))
            try await eventually("the alarm is seen") { broker.state.isBlocked }
            #expect(broker.state.isConnected && !broker.state.isReady && broker.state.reason.contains("blocked"))
            let took = await duration {
                await expect(.blocked) { () async throws(MessagingError) in
                    _ = try await publisher.publish([publication()], timeout: .milliseconds(300))
                }
            }
            #expect(took < .seconds(1))
            // Consumers and declarations go on.
            #expect(try await broker.subscribe(to: "work", prefetch: 1).take(1).count == 1)
            #expect(try await broker.check(rig.topology) == [])
            async let waiting = publisher.publish([publication()], timeout: .seconds(30))
            try await node.control("set_vm_memory_high_watermark", "0.6")
            #expect(try await waiting == [.confirmed])
            #expect(broker.state.isReady && broker.state.reason == "")
        }
    }

    private func comesBack(_ rig: Rig, _ node: PrivateBroker) async throws {
        try await rig.withBroker { broker in
            try await broker.purge("work")
            let publisher = broker.publisher()
            _ = try await publisher.publish(publications(20))
            let subscription = broker.subscribe(to: "work", prefetch: 50)
            let taken = try await subscription.take(20)
            try await node.control("close_all_connections", "--vhost", "sluice", "for the test")
            #expect(Set(try await subscription.take(20).ids) == Set(taken.ids))
            #expect(try await publisher.publish([publication(id: "between")]) == [.confirmed])
            _ = try await subscription.take(1)
            await node.crash()
            try await eventually("the loss is seen") { !broker.state.isConnected }
            try await node.start()
            let up = ContinuousClock.now
            #expect(try await publisher.publish([publication(id: "after")], timeout: .seconds(30)) == [.confirmed])
            #expect(.now - up < .seconds(5))
            #expect(Set(try await subscription.take(22).ids) == Set(taken.ids + ["between", "after"]))
        }
    }

    private func speaksTLS(_ rig: Rig, _ node: PrivateBroker) async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-tls-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o755])
        defer { try? FileManager.default.removeItem(at: folder) }
        // Keys that live as long as this test. The node runs under another account, which must read them.
        try run(
            folder,
            """
            openssl req -x509 -newkey rsa:2048 -nodes -keyout ca.key -out ca.pem -subj /CN=sluice-test -days 2 &&
            openssl req -newkey rsa:2048 -nodes -keyout node.key -out node.csr -subj /CN=node &&
            printf 'subjectAltName=DNS:localhost' > ext &&
            openssl x509 -req -in node.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile ext -out node.pem &&
            openssl req -x509 -newkey rsa:2048 -nodes -keyout other.key -out other.pem -subj /CN=other -days 2 && chmod 644 *
            """)
        let port = freePort()
        let path = folder.path
        try await node.control(
            "eval",
            """
            {ok, _} = application:ensure_all_started(ssl), rabbit_networking:start_ssl_listener(\(port), [{cacertfile, "\(path)/ca.pem"}, \
            {certfile, "\(path)/node.pem"}, {keyfile, "\(path)/node.key"}], 2).
            """)
        func secure(_ authorities: String, host: String = "localhost") -> (inout BrokerConfiguration) -> Void {
            {
                $0.addresses[0].usesTLS = true
                $0.addresses[0].host = host
                $0.addresses[0].port = port
                $0.addresses[0].authoritiesFile = "\(path)/\(authorities)"
            }
        }
        try await rig.withBroker(change: secure("ca.pem")) { broker in
            try await broker.purge("work")
            // More than TLS records and frames hold, both ways.
            let large = publication(id: "large", body: (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0 &* 7) })
            let confirmations = try await broker.publisher().publish([large] + publications(2_000))
            #expect(confirmations.allSatisfy { $0 == .confirmed })
            let deliveries = try await broker.subscribe(to: "work", prefetch: 3_000).take(2_001)
            #expect(deliveries.first { $0.properties.messageID == "large" }?.body == large.body)
        }
        // Neither a stranger's certificate nor the right one under another name is taken.
        for change in [secure("other.pem"), secure("ca.pem", host: "127.0.0.1")] {
            try await rig.withBroker(change: change) { broker in
                await expect(.unavailable) { () async throws(MessagingError) in
                    _ = try await broker.publisher().publish([publication()], timeout: .seconds(2))
                }
            }
        }
    }

    private func run(_ folder: URL, _ script: String) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", script]
        process.currentDirectoryURL = folder
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        try #require(process.terminationStatus == 0)
    }
}
