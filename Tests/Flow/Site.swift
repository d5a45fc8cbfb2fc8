import Commerce
import Database
import Foundation
import HTTPClient
import JSON
import Logging
import Messaging
import Sandbox
import Store
import Support
import Topology
import Work

/// All of Sluice: real processes on a database and a virtual host of the test's own, and the simulated world outside.
struct Site: Sendable {
    let troupe: Troupe
    let shop: Shop
    let database: Database
    let broker: Broker
    let topology: Topology
    let client: HTTPClient
    let intakeURL: String
    let sandboxURL: String

    /// Every process that is killed in turn.
    var victims: [String] { ["intake", "clock", "dead-letters"] + topology.queues.map(\.name) }

    /// Starts a site, runs a body with it and ends it.
    static func run(_ body: (Site) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/sluice-flow-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let site = try await Site(directory: directory)
        do {
            try await site.start(directory: directory)
            try await body(site)
        } catch {
            await site.close()
            // The logs stay, for whoever wants to know why.
            throw error
        }
        await site.close()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private init(directory: String) async throws {
        let logger = Logger(label: "flow") { _ in SwiftLogNoOpLogHandler() }
        let amqp = try await TestServers.broker()
        let postgres = try await TestServers.database("flow")
        let intakePort = freePort()
        var sandboxPort = freePort()
        while sandboxPort == intakePort { sandboxPort = freePort() }
        let sandbox = SandboxConfiguration(
            port: sandboxPort, directory: directory + "/sandbox", intakeURL: "http://127.0.0.1:\(intakePort)")
        let keys = try SandboxKeys.load(directory: sandbox.directory)
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent().path
        topology = try Topology.parse(yaml: try String(contentsOfFile: root + "/queues.yaml", encoding: .utf8))
        database = Database(configuration: DatabaseConfiguration(url: postgres, connections: 4), logger: logger)
        broker = Broker(configuration: try BrokerConfiguration(urls: amqp), logger: logger)
        client = HTTPClient(configuration: HTTPClientConfiguration(name: "flow", bodyLimit: 1 << 26), logger: logger)
        shop = Shop()
        intakeURL = sandbox.intakeURL
        sandboxURL = sandbox.url
        let pepper = KeyPepper.new()
        var settings = [
            "SLUICE_AMQP_URL": amqp, "SLUICE_DATABASE_URL": postgres, "SLUICE_INTAKE_PORT": "\(intakePort)",
            "SLUICE_PUBLIC_URL": sandbox.intakeURL, "SLUICE_SEALING_KEYS": Sealing.newKeys(id: "k1"),
            "SLUICE_INDEX_KEY": BlindIndex.newKey(),
            "SLUICE_KEY_PEPPER": pepper, "SLUICE_PAYMENT_WINDOW": "40s", "SLUICE_CONFIRMATION_WINDOW": "2s",
            "SLUICE_TRACKING_FIRST": "10s", "SLUICE_TRACKING_LONGEST": "20s", "SLUICE_QUIET_HOURS": "none", "SLUICE_LOG_LEVEL": "notice",
            "SLUICE_LOG_FORMAT": "json", "SLUICE_QUEUES_FILE": root + "/queues.yaml", "SLUICE_WEBHOOK_ALLOW": "127.0.0.1:\(sandboxPort)",
            "SLUICE_SANDBOX_MERCHANT_KEYS": zip(shop.merchants, shop.merchantKeys).map { "\($0.text)=\($1.text)" }.joined(separator: ","),
        ]
        for (name, value) in keys.environment(url: sandbox.url) { settings[name] = value }
        troupe = Troupe(directory: directory, settings: settings)
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        try await Partitions(database: database, days: 30).keep()
        try await broker.apply(topology)
        try await shop.seed(database, pepper: try KeyPepper(base64: pepper), keys: keys, sandbox: sandbox)
    }

    private func start(directory: String) async throws {
        let port = String(sandboxURL.split(separator: ":").last ?? "")
        try await troupe.start("sandbox", ["sandbox", "--port", port, "--directory", directory + "/sandbox", "--intake", intakeURL])
        try await troupe.start("intake", ["intake"])
        try await troupe.start("clock", ["clock"])
        for name in topology.queues.map(\.name) + ["dead-letters"] { try await troupe.start(name, ["work", name]) }
        try await eventually(within: .seconds(60), "everybody is ready") {
            try troupe.check()
            guard await isFine(sandboxURL + "/_sandbox/state"), await isFine(intakeURL + "/readyz") else { return false }
            for queue in topology.queues {
                for name in [queue.name, queue.deadLetterQueue] where try await broker.depth(of: name).consumers == 0 { return false }
            }
            return true
        }
    }

    private func close() async {
        await troupe.close()
        await client.close()
        await broker.close()
        await database.close()
    }

    private func isFine(_ url: String) async -> Bool {
        (try? await client.execute(HTTPRequest(method: "GET", url: url), deadline: .seconds(2)))?.status == 200
    }

    // MARK: - Orders

    /// Sends an order, always under the same key, until it is answered 202.
    /// - Returns: its id.
    func place(_ number: Int) async throws -> UUID {
        let headers = [
            ("Authorization", "Bearer \(shop.storefrontKey.text)"), ("Content-Type", "application/json"),
            ("Idempotency-Key", "flow-\(number)"),
        ]
        let request = HTTPRequest(
            method: "POST", url: intakeURL + "/v1/orders", headers: headers, body: shop.order(number), isRepeatable: true)
        var answer: HTTPResponse?
        try await eventually(within: .seconds(90), "order \(number) is accepted") {
            answer = try? await client.execute(request, deadline: .seconds(5))
            // Nobody there: the intake has just been killed, or doesn't know its keys yet. Anything else is an answer.
            guard let status = answer?.status, status != 503 else { return false }
            guard status == 202 else { throw Refused(status: status, body: String(decoding: answer?.body ?? [], as: UTF8.self)) }
            return true
        }
        var json = try JSONObject(parsing: answer?.body ?? [])
        return try json.uuid("order")
    }

    struct Refused: Error { let status: Int, body: String }

    // MARK: - Counting

    /// How many of some orders have not ended, or have a refund that isn't settled.
    func unfinished(_ orders: [UUID]) async throws -> Int64 {
        let rows = try await database.query(
            Query(
                """
                select count(*) from unnest($1::uuid[]) as i (id) left join orders o on o.id = i.id
                left join refunds r on r.order_id = i.id where o.ended_at is null or r.state <> 'settled'
                """, .uuids(orders)))
        return try rows.only().integer(0)
    }

    /// What the simulated world outside has seen, as a number: `seen("wechat", "charges", "doubles")`.
    func seen(_ path: String...) async throws -> Int64? {
        let response = try await client.execute(HTTPRequest(method: "GET", url: sandboxURL + "/_sandbox/state"))
        var json = try JSON.parse(response.body)
        for name in path {
            guard case .object(let members) = json, let member = members.first(where: { $0.name == name }) else { return nil }
            json = member.value
        }
        guard case .integer(let number) = json else { return nil }
        return number
    }

    /// How often each order's buyer was charged, and what was given back.
    func charges() async throws -> [UUID: (times: Int64, total: Int64, refunded: Int64)] {
        let response = try await client.execute(HTTPRequest(method: "GET", url: sandboxURL + "/_sandbox/charges"), deadline: .seconds(60))
        var json = try JSONObject(parsing: response.body)
        var charges: [UUID: (Int64, Int64, Int64)] = [:]
        _ = try json.array("charges", 0...1_000_000) { value throws(JSONError) in
            var trade = try JSONObject(value)
            let order = try trade.uuid("order")
            let known = charges[order] ?? (0, 0, 0)
            let times = try trade.integer("charges")
            charges[order] = (
                known.0 + times, known.1 + (times > 0 ? try trade.integer("total") : 0), known.2 + (try trade.integer("refunded"))
            )
        }
        return charges
    }
}
