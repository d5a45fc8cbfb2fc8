import Foundation
import Logging
import Support
import Synchronization
import Testing
import Topology

@testable import Messaging

/// A virtual host of its own with a topology in it, and brokers to talk to it; closed at the end of the test.
struct Rig {
    let url: String
    let topology: Topology

    /// Two queues: `work` (types `a`, `b`) and `other` (type `c`), with short delays.
    static let yaml = """
        delays: [200ms, 5s]
        defaults: {ladder: [200ms, 5s], prefetch: 500}
        queues:
          work: {handles: [a, b]}
          other: {handles: [c]}
        ends: [d]
        """

    /// Runs a test with a fresh rig whose topology is applied.
    static func with(_ body: (Rig, Broker) async throws -> Void) async throws {
        let rig = Rig(url: try await TestServers.broker(), topology: try Topology.parse(yaml: yaml))
        try await rig.withBroker { broker in
            try await broker.apply(rig.topology)
            try await body(rig, broker)
        }
    }

    /// Runs a body with a broker client, through a proxy where one is given.
    func withBroker(
        through proxy: Proxy? = nil, heartbeat: Int? = nil, change: (inout BrokerConfiguration) -> Void = { _ in },
        _ body: (Broker) async throws -> Void
    ) async throws {
        var configuration = try BrokerConfiguration(urls: url, name: "test")
        if let proxy { configuration.addresses[0].port = proxy.port }
        if let heartbeat { configuration.heartbeat = .seconds(heartbeat) }
        change(&configuration)
        var logger = Logger(label: "test")
        logger.logLevel = .critical
        let broker = Broker(configuration: configuration, logger: logger)
        do {
            try await body(broker)
        } catch {
            await broker.close()
            throw error
        }
        await broker.close()
    }

    /// A proxy in front of the broker.
    func withProxy(_ body: (Proxy) async throws -> Void) async throws {
        let proxy = try Proxy(to: BrokerAddress(url: url).port)
        defer { proxy.close() }
        try await body(proxy)
    }
}

/// A publication to the topic exchange.
func publication(_ type: String = "a", id: String = UUID().uuidString, body: [UInt8] = Array("{}".utf8)) -> Publication {
    Publication(
        exchange: "sluice", routingKey: type, properties: Properties(messageID: id, type: type, contentType: "application/json"),
        body: body)
}

func publications(_ count: Int, _ type: String = "a") -> [Publication] { (0..<count).map { publication(type, id: "\($0)") } }

extension Subscription {
    /// Takes exactly this many, in as many batches as it takes.
    func take(_ count: Int, within limit: Duration = .seconds(20)) async throws -> [Delivery] {
        try await withThrowingTaskGroup(of: [Delivery].self) { group in
            group.addTask {
                var taken: [Delivery] = []
                while taken.count < count {
                    let batch = await self.next(limit: count - taken.count, linger: .zero)
                    if batch.isEmpty { break }
                    taken += batch
                }
                return taken
            }
            group.addTask {
                try await Task.sleep(for: limit)
                return []
            }
            defer { group.cancelAll() }
            let taken = try await group.next() ?? []
            try #require(taken.count == count, "\(count) messages of '\(queue)' within \(limit)")
            return taken
        }
    }
}

extension [Delivery] {
    var ids: [String] { map { $0.properties.messageID ?? "" } }
}

/// How long something takes.
func duration(_ body: () async throws -> Void) async rethrows -> Duration {
    let start = ContinuousClock.now
    try await body()
    return .now - start
}

/// Expects a messaging error of this code.
func expect(_ code: MessagingError.Code, _ body: () async throws(MessagingError) -> Void) async {
    do throws(MessagingError) {
        try await body()
        Issue.record("expected an error of code \(code)")
    } catch {
        #expect(error.code == code, "\(error)")
    }
}
