import Commerce
import Database
import Foundation
import HTTPClient
import Intake
import JSON
import Logging
import Messaging
import Providers
import ServiceLifecycle
import Store
import Support
import Synchronization
import Topology
import Work

/// A live intake with a broker and a database of its own, each behind a line that can be cut.
struct Fixture: Sendable {
    let port: Int
    /// Past the proxies.
    let database: Database
    let broker: Broker
    let topology: Topology
    let brokerLine: Proxy
    let databaseLine: Proxy
    let access: Access
    let pepper: KeyPepper
    let sealing: Sealing
    let index: BlindIndex
    let storefront = UUID()
    let foreignStorefront = UUID()
    let merchant = UUID()
    let foreignMerchant = UUID()
    let keys: Keys
    let weChat: WeChatSide
    let salt = "a salt of ours"
    let client: HTTPClient
    private let place: Workplace
    private let group: ServiceGroup

    struct Keys: Sendable {
        var storefront = ""
        var foreign = ""
        var merchant = ""
        var foreignMerchant = ""
        var partner = ""
    }

    /// Runs a body against an intake, and takes all down afterwards.
    /// - Parameter yaml: the queues; the product's own where nil.
    static func run(yaml: String? = nil, name: String = #function, _ body: (Fixture) async throws -> Void) async throws {
        let fixture = try await Fixture(yaml: yaml, name: name)
        let running = Task { try await fixture.group.run() }
        do {
            try await fixture.waitUntilReady()
            try await body(fixture)
        } catch {
            await fixture.end()
            try? await running.value
            throw error
        }
        await fixture.end()
        try await running.value
    }

    private init(yaml: String?, name: String) async throws {
        var logger = Logger(label: "test")
        logger.logLevel = ProcessInfo.processInfo.environment["SLUICE_TEST_LOG"] == nil ? .critical : .info
        let amqp = try await TestServers.broker()
        let url = try await TestServers.database(name)
        topology = try Topology.parse(yaml: try yaml ?? Self.queues())
        database = Database(configuration: DatabaseConfiguration(url: url, connections: 2), logger: logger)
        broker = Broker(configuration: try BrokerConfiguration(urls: amqp), logger: logger)
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        try await broker.apply(topology)
        brokerLine = try Proxy(to: Self.port(of: amqp))
        databaseLine = try Proxy(to: Self.port(of: url))
        access = Access(database)
        pepper = try KeyPepper(base64: KeyPepper.new())
        sealing = try Sealing(keys: Sealing.newKeys(id: "test"))
        index = try BlindIndex(key: BlindIndex.newKey())
        weChat = try WeChatSide()
        client = HTTPClient(logger: logger)
        var keys = Keys()
        try await access.add(storefront: storefront, name: "Ours", locale: "en")
        try await access.add(storefront: foreignStorefront, name: "Another")
        try await access.add(merchant: merchant, name: "Merchant", commission: 500)
        try await access.add(merchant: foreignMerchant, name: "Another merchant", commission: 500)
        keys.storefront = try await access.issueKey(for: .storefront(storefront), pepper: pepper).text
        keys.foreign = try await access.issueKey(for: .storefront(foreignStorefront), pepper: pepper).text
        keys.merchant = try await access.issueKey(for: .merchant(merchant), pepper: pepper).text
        keys.foreignMerchant = try await access.issueKey(for: .merchant(foreignMerchant), pepper: pepper).text
        keys.partner = try await access.issueKey(for: .partner("courier"), pepper: pepper).text
        self.keys = keys
        port = freePort()
        var configuration = IntakeConfiguration(
            port: port, pepper: pepper, sealing: sealing, index: index)
        configuration.weChat = weChat.notifications
        configuration.kuaidi100 = Kuaidi100Pushes(salt: salt)
        var through = DatabaseConfiguration(url: Self.replacing(port: brokerPort(url), in: url, with: databaseLine.port), connections: 2)
        through.waitLimit = .seconds(3)
        through.connectTimeout = .seconds(1)
        place = Workplace(
            broker: Broker(
                configuration: try BrokerConfiguration(urls: Self.replacing(port: brokerPort(amqp), in: amqp, with: brokerLine.port)),
                logger: logger),
            database: Database(configuration: through, logger: logger), topology: topology, logger: logger)
        group = ServiceGroup(
            configuration: ServiceGroupConfiguration(services: [Intake(configuration: configuration, place: place)], logger: logger))
    }

    /// Asks it to end, as a signal would.
    func shutDown() async { await group.triggerGracefulShutdown() }

    private func end() async {
        brokerLine.mode = .passing
        databaseLine.mode = .passing
        await group.triggerGracefulShutdown()
        await place.broker.close()
        await place.database.close()
        brokerLine.close()
        databaseLine.close()
        await client.close()
        await broker.close()
        await database.close()
    }

    private func waitUntilReady() async throws {
        try await eventually("the intake is ready") {
            (try? await client.execute(HTTPRequest(method: "GET", url: "http://127.0.0.1:\(port)/readyz")))?.text.contains(
                #""status":"ready""#) == true
        }
    }

    // MARK: - Addresses

    private static func queues() throws -> String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        return try String(contentsOf: root.appendingPathComponent("queues.yaml"), encoding: .utf8)
    }

    private static func port(of url: String) -> Int { brokerPort(url) }

    private static func replacing(port: Int, in url: String, with other: Int) -> String {
        url.replacingOccurrences(of: ":\(port)/", with: ":\(other)/")
    }
}

/// The port in a URL.
private func brokerPort(_ url: String) -> Int { URLComponents(string: url)?.port ?? 5432 }

extension HTTPResponse {
    var text: String { String(decoding: body, as: UTF8.self) }

    /// A member of the body, an object; nil where there is none.
    func member(_ name: String) -> String? {
        guard var json = try? JSONObject(parsing: body) else { return nil }
        return try? json.optionalString(name)
    }
}
