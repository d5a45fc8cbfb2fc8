internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Logging
internal import Messaging
internal import PrivateServers
internal import Store
internal import Topology
internal import Work

/// Measures how fast orders go from the queue to the buyer's inbox.
///
/// A private broker and database of its own are filled with orders that wait; then a process with the five workers of that
/// way is started, and timed until the last buyer is told. No calls outside: the orders are paid already. Afterwards every
/// order is counted. Both servers write through to the disk, as they do in earnest.
struct JourneyBenchmark: Sendable {
    /// The workers that take part, in the order of the way.
    static let queues = ["placement", "inventory", "payments", "settlement", "notifications"]

    var orders: Int
    var hot: Double
    /// How many messages a batch may have; nil for what `queues.yaml` says.
    var batch: Int?
    /// Where the servers keep their data between runs.
    var directory: String
    var topology: Topology
    var logger: Logger
    /// Told what goes on.
    var say: @Sendable (String) -> Void

    /// The program that runs the workers: this one.
    private static let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? "sluice"

    func run() async throws -> JourneyReport {
        say("starting a private broker and database in \(directory)")
        let servers = try await PrivateServers.start(PrivateServers.Plan(directory: directory))
        do {
            let report = try await run(on: servers)
            await servers.stop()
            return report
        } catch {
            await servers.stop()
            throw error
        }
    }

    private func run(on servers: PrivateServers) async throws -> JourneyReport {
        guard let privateBroker = servers.broker, let privateDatabase = servers.database else { throw ServerError("no servers") }
        let site = try await prepare(privateBroker, privateDatabase)
        let broker = Broker(configuration: try BrokerConfiguration(urls: site.amqp, name: "benchmark"), logger: logger)
        let database = Database(configuration: DatabaseConfiguration(url: site.database, connections: 2), logger: logger)
        let keys = Sealing.newKeys(id: "benchmark")
        // The queues of these workers only: what others would be sent too is not part of this way.
        try await broker.apply(topology.restricted(to: Set(Self.queues)))
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        try await Partitions(database: database, days: 1).keep()
        let source = JourneyOrders(hot: hot)
        try await seed(source, database)
        try await publish(source, keys, broker)
        try await database.script("checkpoint")

        say("starting the workers")
        var environment = ProcessInfo.processInfo.environment
        environment["SLUICE_AMQP_URL"] = site.amqp
        environment["SLUICE_DATABASE_URL"] = site.database
        environment["SLUICE_SEALING_KEYS"] = keys
        let words = [Self.program, "work", "--isolated"] + (batch.map { ["--batch", "\($0)"] } ?? []) + Self.queues
        let workers = try await Child.start(
            Command(name: "workers", words: words, environment: environment, output: .file(directory + "/workers.log"), hasLifeline: true))
        let roots: [(String, Int32)] = [
            ("broker", privateBroker.processID ?? 0), ("database", privateDatabase.processID ?? 0), ("workers", workers.processID),
        ]
        let before = roots.map { ProcessUsage.of(tree: $0.1) }
        try await awaitLast(database, workers)
        let after = roots.map { ProcessUsage.of(tree: $0.1) }
        await workers.end()

        let report = try await report(
            database, broker, processor: zip(roots, zip(before, after)).map { ($0.0, $1.1.processor - $1.0.processor) },
            memory: after[2].memory)
        await broker.close()
        await database.close()
        return report
    }

    /// An empty virtual host and an empty database.
    private func prepare(_ broker: PrivateBroker, _ database: PrivateDatabase) async throws -> (amqp: String, database: String) {
        // A name of its own each time: a virtual host that is made anew under the same name may not be quite gone yet.
        let host = "journey-\(UInt32.random(in: 0 ... .max))"
        for line in try await broker.control("-q", "list_vhosts").split(separator: "\n") where line.hasPrefix("journey-") {
            _ = try await broker.control("-q", "delete_vhost", String(line))
        }
        _ = try await broker.control("-q", "add_vhost", host)
        let authority = broker.url.drop { $0 != "/" }.dropFirst(2)
        let user = String(authority.prefix { $0 != ":" })
        _ = try await broker.control("-q", "set_permissions", "-p", host, user, ".*", ".*", ".*")
        try await database.execute("drop database if exists journey with (force)", in: "postgres")
        try await database.execute("create database journey", in: "postgres")
        let databaseURL = database.url.split(separator: "/").dropLast().joined(separator: "/").replacing(
            ":/", with: "://", maxReplacements: 1)
        let amqp = "amqp://" + String(authority.prefix { $0 != "/" }) + "/" + host
        return (amqp, databaseURL + "/journey")
    }

    private func seed(_ source: JourneyOrders, _ database: Database) async throws {
        try await database.query(
            Query("insert into storefronts (id, name) values ($1, 'Benchmark')", .uuid(source.storefront)))
        try await database.query(
            Query(
                "insert into merchants (id, name, commission_bp) select id, 'Merchant', 500 from unnest($1::uuid[]) id",
                .uuids(source.merchants)))
        let now = Date()
        let receipts = (0..<JourneyOrders.skus).map { Stock.Receipt(sku: JourneyOrders.sku($0), quantity: 1_000_000_000) }
        let stamp = Stamp(message: MessageID.root(at: now, seed: "receipt"), at: now)
        _ = try await database.queries([Stock.openWarehouse("MAIN", name: "Main")] + Stock.receive(receipts, at: "MAIN", stamp))
        try await database.script("analyze")
    }

    private func publish(_ source: JourneyOrders, _ keys: String, _ broker: Broker) async throws {
        say("publishing \(orders) orders")
        let sealing = try Sealing(keys: keys)
        let publisher = broker.publisher()
        let run = "\(UInt32.random(in: 0 ... .max))"
        for start in stride(from: 0, to: orders, by: 2_000) {
            let time = Date()
            let publications = try (start..<min(start + 2_000, orders)).map {
                try source.envelope($0, run: run, sealing: sealing, at: time).publication(exchange: topology.exchange)
            }
            let confirmations = try await publisher.publish(publications, timeout: .seconds(60))
            guard confirmations.allSatisfy({ $0 == .confirmed }) else {
                throw ServerError("the broker refused orders: \(confirmations[0])")
            }
        }
    }

    /// Waits until every buyer is told.
    private func awaitLast(_ database: Database, _ workers: Child) async throws {
        var told = 0
        var movedAt = ContinuousClock.now
        while told < orders {
            try await Task.sleep(for: .milliseconds(orders > 100_000 ? 1_000 : 200))
            guard workers.ending == nil else { throw ServerError("the workers ended early: see \(directory)/workers.log") }
            let count = Int(try await database.query(Query("select count(*) from journal where worker = 'notifications'"))[0].integer(0))
            if count > told {
                told = count
                movedAt = .now
                say("\(told) of \(orders) told")
            }
            if ContinuousClock.now - movedAt > .seconds(60) { throw ServerError("nothing moves: see \(directory)/workers.log") }
        }
    }

    private func report(
        _ database: Database, _ broker: Broker, processor: [(String, Double)], memory: Int
    ) async throws -> JourneyReport {
        let span = try await database.query(
            Query("select extract(epoch from max(at) - min(at - took_us * interval '1 microsecond'))::float8 from journal"))
        let rows = try await database.query(
            Query(
                """
                select worker, (percentile_cont(0.5) within group (order by took_us))::float8, (percentile_cont(0.99) within group (order by took_us))::float8,
                    count(*)::float8 / count(distinct at)
                from journal group by worker order by min(at)
                """))
        let steps = try rows.map {
            JourneyReport.Step(
                worker: try $0.text(0), p50Milliseconds: try $0.double(1) / 1_000, p99Milliseconds: try $0.double(2) / 1_000,
                batch: try $0.double(3))
        }
        return JourneyReport(
            orders: orders, hot: hot, batch: batch ?? topology.queue("placement")?.batch ?? 0, seconds: try span[0].double(0), steps: steps,
            processor: processor.map { (name: $0.0, seconds: $0.1) }, memory: memory, problems: try await problems(database, broker))
    }

    /// Counts what must be there once for every order.
    private func problems(_ database: Database, _ broker: Broker) async throws -> [String] {
        let expected = Int64(orders)
        let counts: [(what: String, sql: String, expected: Int64)] = [
            ("orders", "select count(*) from orders", expected),
            ("reservations", "select count(*) from stock_moves where kind = 'reserve'", expected),
            ("pieces reserved", "select coalesce(sum(reserved), 0)::int8 from stock", expected * 3),
            ("payments", "select count(*) from payments where state = 'paid' and paid_amount = 6490", expected),
            ("postings", "select count(*) from postings where kind = 'paid'", expected),
            ("notices", "select count(*) from notices", expected),
            ("journal rows", "select count(*) from journal", expected * Int64(Self.queues.count)),
            ("stock discrepancies", "select count(*) from stock_discrepancies", 0),
            ("money unaccounted for", "select coalesce(sum(amount), 0)::int8 from ledger_entries", 0),
            ("dead letters", "select count(*) from dead_letters", 0),
        ]
        var problems: [String] = []
        for count in counts {
            let found = try await database.query(Query(count.sql))[0].integer(0)
            if found != count.expected { problems.append("\(count.what): \(found) instead of \(count.expected)") }
        }
        for queue in Self.queues {
            let left = try await broker.depth(of: queue).messages
            if left > 0 { problems.append("\(left) messages left in \(queue)") }
        }
        return problems
    }
}
