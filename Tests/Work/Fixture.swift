import Database
import Foundation
import JSON
import Logging
import Messaging
import Store
import Support
import Synchronization
import Topology

@testable import Work

/// A broker's virtual host and a database of a test's own, with one work queue `work`, whose outputs go to `next`.
struct Fixture: Sendable {
    let broker: Broker
    let brokerURL: String
    let database: Database
    let topology: Topology
    let logger =
        ProcessInfo.processInfo.environment["SLUICE_TEST_LOG"] == nil
        ? Logger(label: "test") { _ in SwiftLogNoOpLogHandler() } : Logger(label: "test")

    static let yaml = """
        exchange: test
        delays: [200ms, 400ms]
        defaults: {batch: 64, linger: 20ms, prefetch: 256, length: 100000, ladder: [200ms, 400ms], parallel: 1}
        queues:
          work:
            handles: [work.asked]
          next:
            handles: [work.done]
        ends: [work.noted]
        """

    init(_ name: String = #function, brokerURL: String? = nil, databaseURL: String? = nil) async throws {
        var url = databaseURL
        if url == nil { url = try await TestServers.database(name) }
        database = Database(configuration: DatabaseConfiguration(url: url!, connections: 6), logger: logger)
        var amqp = brokerURL
        if amqp == nil { amqp = try await TestServers.broker() }
        self.brokerURL = amqp!
        broker = Broker(configuration: try BrokerConfiguration(urls: amqp!), logger: logger)
        topology = try Topology.parse(yaml: Self.yaml)
        try await broker.apply(topology)
        _ = try await Migrator(database: database, migrations: Migrations.all.filter { $0.number == 1 }).run()
        try await Partitions(database: database, days: 1).keep()
        try await database.script("create table effects (message_id uuid, note text not null check (note <> 'poison'))")
    }

    var place: Workplace { Workplace(broker: broker, database: database, topology: topology, logger: logger) }

    var queue: Queue { topology.queue("work")! }

    /// Messages for the queue `work`, one a note, each of an order of its own unless one is given.
    static func envelopes(_ notes: [String], order: UUID? = nil) -> [Envelope] {
        notes.map { note in
            let body = JSONWriter.object { $0.member("note", note) }
            return Envelope(id: MessageID.root(at: Date(), seed: "\(UUID())"), type: "work.asked", order: order ?? UUID(), body: body)
        }
    }

    func publish(_ envelopes: [Envelope]) async throws {
        let confirmations = try await broker.publisher().publish(envelopes.map { $0.publication(exchange: topology.exchange) })
        precondition(confirmations.allSatisfy { $0 == .confirmed })
    }

    func count(_ sql: String) async throws -> Int {
        Int(try await database.query(Query(sql)).first!.integer(0))
    }

    /// Takes `count` messages from the queue `next`, in the order in which they came.
    func taken(_ count: Int, of queue: String = "next") async throws -> [Delivery] {
        let subscription = broker.subscribe(to: queue, prefetch: 500)
        let taken = Mutex<[Delivery]>([])
        let reader = Task {
            while !Task.isCancelled {
                let deliveries = await subscription.next(limit: 500, linger: .milliseconds(10))
                if deliveries.isEmpty { break }
                taken.withLock { $0 += deliveries }
                await subscription.acknowledge(deliveries)
            }
        }
        try await eventually(within: .seconds(20), "\(count) messages in \(queue)") { taken.withLock { $0.count } >= count }
        await subscription.stop()
        await reader.value
        return taken.withLock { $0 }
    }

    /// Takes what waits in the queue `work`, and goes away without a word: what a process that is killed leaves behind.
    func takeAndDie(_ count: Int) async throws {
        let broker = Broker(configuration: try BrokerConfiguration(urls: brokerURL), logger: logger)
        let subscription = broker.subscribe(to: "work", prefetch: count)
        var taken = 0
        while taken < count { taken += await subscription.next(limit: count, linger: .milliseconds(10)).count }
        await broker.close()
    }

    /// Runs a worker while `body` does its checks, then shuts it down and waits for its end.
    func working<W: Worker>(_ worker: W, _ body: () async throws -> Void) async throws {
        let loop = WorkLoop(worker, queue: queue, place: place)
        let task = Task { try await loop.run() }
        do {
            try await body()
        } catch {
            task.cancel()
            throw error
        }
        task.cancel()
        try await task.value
    }

    func close() async {
        await broker.close()
        await database.close()
    }
}

/// Writes a message's note and passes it on; what else it does is up to the test.
struct Scribe: Worker {
    struct Note: Sendable {
        let id: UUID
        let text: String
    }

    /// Called for each message, in decide; may throw what it is to fail with.
    var onDecide: @Sendable (Received<String>) throws -> Void = { _ in }
    /// Called for each batch, in load.
    var onLoad: @Sendable ([Received<String>]) async throws -> Void = { _ in }

    func decode(_ body: [UInt8], type: String) throws -> String {
        var json = try JSONObject(parsing: body)
        return try json.string("note")
    }

    func load(_ messages: [Received<String>], in transaction: Transaction) async throws {
        try await onLoad(messages)
    }

    func decide(_ message: Received<String>, _ answer: Void, _ state: inout Void) throws -> Decision<Note> {
        try onDecide(message)
        let noted = Cause("work.noted", order: message.order, body: Array("{}".utf8))
        return Decision(
            "written", Note(id: message.id, text: message.input),
            causes: [Cause("work.done", order: message.order, body: message.body), noted])
    }

    func save(_ effects: [Note]) -> [Query] {
        [
            Query(
                "insert into effects select * from unnest($1::uuid[], $2::text[])", .uuids(effects.map(\.id)), .texts(effects.map(\.text)))
        ]
    }
}
