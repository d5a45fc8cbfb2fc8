internal import Commerce
internal import Database
internal import Foundation
internal import JSON
public import Logging
internal import Messaging
internal import Store
internal import Synchronization
public import Topology

/// `sluice benchmark intake`: how many orders a second one intake process takes, with all that an order needs: validation,
/// authentication, sealing and one confirm by the broker each.
///
/// Broker and database are to be throwaway ones: tables are made, and the queue of submitted orders is emptied before and
/// after.
public struct IntakeBenchmark: Sendable {
    /// Connections kept open, each with one request in flight.
    public var connections = 64
    public var duration: Duration = .seconds(10)
    /// How long the load runs before anything is counted.
    public var warmup: Duration = .seconds(2)
    /// The program that is started with the argument `intake`.
    public var program: String
    public var amqpURL: String
    public var databaseURL: String
    public var topology: Topology
    /// Process ids of broker and database by name, each counted with its descendants.
    public var servers: [String: Int32]
    public var logger: Logger

    public init(
        program: String, amqpURL: String, databaseURL: String, topology: Topology, servers: [String: Int32] = [:], logger: Logger
    ) {
        self.program = program
        self.amqpURL = amqpURL
        self.databaseURL = databaseURL
        self.topology = topology
        self.servers = servers
        self.logger = logger
    }

    /// - Parameter progress: told what happens, in a line each.
    public func run(progress: @escaping @Sendable (String) -> Void = { _ in }) async throws -> IntakeBenchmarkResult {
        progress("preparing broker and database")
        let database = Database(configuration: DatabaseConfiguration(url: databaseURL, connections: 2), logger: logger)
        let broker = Broker(configuration: try BrokerConfiguration(urls: amqpURL, name: "sluice benchmark"), logger: logger)
        do {
            let result = try await run(database, broker, progress)
            await database.close()
            await broker.close()
            return result
        } catch {
            await database.close()
            await broker.close()
            throw error
        }
    }

    private func run(
        _ database: Database, _ broker: Broker, _ progress: @escaping @Sendable (String) -> Void
    ) async throws -> IntakeBenchmarkResult {
        guard let queue = topology.queues.first(where: { $0.handles.contains(OrderSubmitted.type) })?.name else {
            throw BenchmarkError(description: "no queue handles \(OrderSubmitted.type)")
        }
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        try await broker.apply(topology)
        try await broker.purge(queue)
        let pepper = KeyPepper.new()
        let (key, merchant) = try await admit(database, pepper: try KeyPepper(base64: pepper))
        let intake = try IntakeProcess.start(program: program, amqpURL: amqpURL, databaseURL: databaseURL, pepper: pepper)
        defer { intake.stop() }
        try await intake.waitUntilReady()
        progress("\(connections) connections for \(warmup) and then \(duration)")
        let (request, offset) = Self.request(port: intake.port, key: key.text, merchant: merchant)
        var trees = Dictionary(servers.map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
        trees[intake.processID] = "intake"
        trees[getpid()] = "load"
        let gauge = ProcessorGauge(trees: trees)
        let load = LoadGenerator(
            port: intake.port, connections: connections, warmup: warmup, duration: duration, request: request, keyOffset: offset,
            marks: { isEnd in isEnd ? gauge.end() : gauge.begin() })
        let measured = try await load.run()
        let memory = intake.residentMebibytes
        progress("counting the queue")
        let queued = try await settledDepth(of: queue, broker, expected: measured.acceptedInAll)
        try await broker.purge(queue)
        return IntakeBenchmarkResult(
            connections: connections, seconds: measured.seconds, accepted: measured.accepted, refused: measured.refused,
            p50: Self.percentile(measured.latencies, 0.5), p99: Self.percentile(measured.latencies, 0.99),
            longest: Self.percentile(measured.latencies, 1), processors: gauge.used, memory: memory,
            acceptedInAll: measured.acceptedInAll, queued: queued)
    }

    private func admit(_ database: Database, pepper: KeyPepper) async throws -> (AccessKey, UUID) {
        let access = Access(database)
        let storefront = UUID()
        let merchant = UUID()
        try await access.add(storefront: storefront, name: "Benchmark")
        try await access.add(merchant: merchant, name: "Benchmark", commission: 500)
        return (try await access.issueKey(for: .storefront(storefront), pepper: pepper, label: "benchmark"), merchant)
    }

    /// The queue's depth, once it stands still or is what it should be.
    private func settledDepth(of queue: String, _ broker: Broker, expected: Int) async throws -> Int {
        var last = -1
        for _ in 0..<20 {
            let depth = try await broker.depth(of: queue).messages
            if depth == expected || depth == last { return depth }
            last = depth
            try await Task.sleep(for: .milliseconds(500))
        }
        return last
    }

    /// An order of two lines, some 600 bytes, as a whole request; and where the digits of its key are.
    private static func request(port: Int, key: String, merchant: UUID) -> (bytes: [UInt8], keyOffset: Int) {
        let body = JSONWriter.object { json in
            json.member("currency", "CNY")
            json.member("method", "prepaid")
            json.member("locale", "zh")
            json.object("buyer") { json in
                json.member("ref", "buyer-20481")
                json.member("name", "王小明")
                json.member("phone", "138 0013 8000")
                json.object("address") { json in
                    json.member("region", "浙江省杭州市西湖区")
                    json.member("detail", "文三路 478 号华星时代广场 3 幢 1201 室")
                    json.member("postcode", "310012")
                }
            }
            json.array("lines", of: [(1, 5_990, "龙井茶 明前特级 250 克"), (2, 1_250, "青瓷茶杯 一对")]) { json, line in
                json.object { json in
                    json.member("merchant", merchant)
                    json.member("sku", "SKU-0\(line.0)42")
                    json.member("quantity", line.0)
                    json.member("unit_price", line.1)
                    json.member("title", line.2)
                }
            }
            json.member("freight", 800)
            json.member("discount", 500)
            json.member("total", 5_990 + 2 * 1_250 + 800 - 500)
        }
        let head = """
            POST /v1/orders HTTP/1.1\r
            Host: 127.0.0.1:\(port)\r
            Authorization: Bearer \(key)\r
            Content-Type: application/json\r
            Content-Length: \(body.count)\r
            Idempotency-Key: benchmark-
            """
        return (Array(head.utf8) + Array("0000000000000000\r\n\r\n".utf8) + body, head.utf8.count)
    }

    /// Milliseconds below which the given part of the sorted latencies lies.
    private static func percentile(_ latencies: [UInt32], _ part: Double) -> Double {
        guard !latencies.isEmpty else { return 0 }
        let index = min(latencies.count - 1, Int((Double(latencies.count) * part).rounded(.up)) - 1)
        return Double(latencies[max(0, index)]) / 1_000
    }
}

/// Why nothing could be measured.
public struct BenchmarkError: Error, CustomStringConvertible {
    public let description: String
}

/// Reads processor times when the measured time begins and ends; called on the load's thread.
private final class ProcessorGauge: Sendable {
    private struct Readings {
        var begin: ProcessorTimes?
        var end: ProcessorTimes?
    }

    private let readings = Mutex(Readings())
    private let trees: [Int32: String]

    init(trees: [Int32: String]) {
        self.trees = trees
    }

    func begin() {
        let now = ProcessorTimes.now(of: trees)
        readings.withLock { $0.begin = now }
    }

    func end() {
        let now = ProcessorTimes.now(of: trees)
        readings.withLock { $0.end = now }
    }

    var used: [String: Double] {
        readings.withLock { readings in
            guard let begin = readings.begin, let end = readings.end else { return [:] }
            return end.since(begin)
        }
    }
}
