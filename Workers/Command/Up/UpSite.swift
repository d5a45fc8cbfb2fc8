internal import Foundation
internal import HTTPClient
internal import Logging
internal import Messaging
internal import PrivateServers
internal import Sandbox
internal import Store
internal import Synchronization
internal import Topology
internal import Work
internal import Workers
internal import Database

/// All of Sluice on this machine: started in order, stopped in the opposite one.
final class UpSite: Sendable {
    let directory: String
    let reporter: Reporter
    let isDemo: Bool
    /// How the processes of the site are configured, from when it is started.
    private let given: Configuration
    private let port: Int?
    private let crew: Crew
    private let logger = Logger(label: "sluice.up") { _ in SwiftLogNoOpLogHandler() }

    private struct Parts {
        var servers: PrivateServers?
        var environment: Environment?
        var keeper: Task<Void, Never>?
    }

    private let parts = Mutex(Parts())

    init(directory: String, configuration: Configuration, port: Int?, isDemo: Bool, reporter: Reporter) {
        self.directory = directory
        self.reporter = reporter
        self.isDemo = isDemo
        self.port = port
        given = configuration
        crew = Crew(logs: directory + "/logs", reporter: reporter)
    }

    /// What a run works with.
    struct Shop: Sendable {
        let goods: DemoShop
        let environment: Environment
        let intakeURL: String
        let sandboxURL: String
        let storefrontKey: String
    }

    /// How often a process of the crew had to be started again.
    var restarts: Int { crew.restarts }

    /// - Throws: ``CommandError`` where a process can't be kept up.
    func check() throws { try crew.check() }

    /// Starts everything and returns when orders can be taken.
    func start() async throws -> Shop {
        let began = ContinuousClock.now
        try FileManager.default.createDirectory(atPath: directory + "/logs", withIntermediateDirectories: true)
        let cleared = await Leftovers.clear(in: directory)
        if cleared > 0 { reporter.say("cleared \(cleared) processes that an earlier run left behind") }
        EnvironmentFile.remove(in: directory)

        let settings = try await settings()
        let configuration = try given.setting(settings.values)
        let topology = try Topology.parse(yaml: try String(contentsOfFile: try configuration.require(.queuesFile), encoding: .utf8))
        let environment = try Environment(
            configuration: configuration, topology: topology, name: "up", connections: 3, logger: logger)
        parts.withLock { $0.environment = environment }

        let applied = try await Migrator(database: environment.database, migrations: Migrations.all).run()
        try await Partitions(database: environment.database, days: try configuration.require(.journalDays)).keep()
        try await environment.broker.apply(topology)
        let shop = DemoShop()
        try await shop.seed(
            environment.database, secrets: settings.secrets, sandbox: settings.sandboxKeys, sandboxURL: settings.sandbox)
        reporter.say(
            "database and queues are ready" + (applied.isEmpty ? "" : " (applied \(applied.map(\.title).joined(separator: ", ")))"))

        try await startCrew(topology, settings)
        try EnvironmentFile.write(settings.values, in: directory)
        let intakeURL = "http://127.0.0.1:\(settings.intakePort)"
        try await awaitReadiness(topology, environment, intakeURL: intakeURL, sandboxURL: settings.sandbox.url)
        let result = Shop(
            goods: shop, environment: environment, intakeURL: intakeURL, sandboxURL: settings.sandbox.url,
            storefrontKey: settings.secrets.storefrontKey)
        Greeting.say(result, settings, topology, after: ContinuousClock.now - began, to: reporter)
        return result
    }

    /// Stops everything: first who takes orders, then who works on them, then the world outside, then the servers.
    func stop() async {
        let parts = parts.withLock { $0 }
        parts.keeper?.cancel()
        await crew.stop([["intake"], ["clock"] + (parts.environment?.topology.queues.map(\.name) ?? []) + ["dead-letters"], ["sandbox"]])
        await parts.environment?.close()
        await parts.servers?.stop()
        await Leftovers.clear(in: directory, patience: .seconds(5))
        EnvironmentFile.remove(in: directory)
    }

    // MARK: - Servers and settings

    private func settings() async throws -> UpSettings {
        var values: [String: String] = [:]
        let plan = PrivateServers.Plan(
            directory: directory, broker: given.value(.amqpURL) == nil, database: given.value(.databaseURL) == nil)
        if plan.broker || plan.database {
            reporter.say(
                "starting "
                    + [plan.database ? "PostgreSQL" : nil, plan.broker ? "RabbitMQ" : nil].compactMap { $0 }.joined(separator: " and "))
            let servers = try await PrivateServers.start(plan)
            parts.withLock { $0.servers = servers }
            values["SLUICE_AMQP_URL"] = servers.broker?.url
            values["SLUICE_DATABASE_URL"] = servers.database?.url
        }
        return try UpSettings.make(directory: directory, given: given, servers: values, port: port, isDemo: isDemo)
    }

    // MARK: - Processes

    private func startCrew(_ topology: Topology, _ settings: UpSettings) async throws {
        var environment = Command.plainEnvironment.merging(settings.values) { $1 }
        for name in ["PATH", "HOME", "TZ"] { environment[name] = ProcessInfo.processInfo.environment[name] ?? environment[name] }
        environment[Leftovers.mark] = directory
        let sandbox = [
            "sandbox", "--port", "\(settings.sandbox.port)", "--directory", settings.sandbox.directory, "--intake",
            settings.sandbox.intakeURL,
        ]
        var members = [
            Crew.Member(name: "sandbox", arguments: sandbox, environment: environment),
            Crew.Member(name: "intake", arguments: ["intake"], environment: environment),
            Crew.Member(name: "clock", arguments: ["clock"], environment: environment),
        ]
        for name in topology.queues.map(\.name) + ["dead-letters"] {
            members.append(Crew.Member(name: name, arguments: ["work", name], environment: environment))
        }
        for member in members { try await crew.start(member) }
        let crew = crew
        let keeper = Task.detached { await crew.keepAlive() }
        parts.withLock { $0.keeper = keeper }
    }

    private func awaitReadiness(_ topology: Topology, _ environment: Environment, intakeURL: String, sandboxURL: String) async throws {
        let deadline = ContinuousClock.now + .seconds(60)
        var waitingFor = ""
        while ContinuousClock.now < deadline {
            try crew.check()
            waitingFor = try await missing(topology, environment, intakeURL: intakeURL, sandboxURL: sandboxURL) ?? ""
            if waitingFor.isEmpty { return }
            try await Task.sleep(for: .milliseconds(100))
        }
        throw CommandError("\(waitingFor) is not ready after 60 s: see \(directory)/logs")
    }

    /// Who is not ready yet.
    private func missing(_ topology: Topology, _ environment: Environment, intakeURL: String, sandboxURL: String) async throws -> String? {
        guard await isFine(sandboxURL + "/_sandbox/state", environment.http) else { return "the sandbox" }
        guard await isFine(intakeURL + "/readyz", environment.http) else { return "the intake" }
        for queue in topology.queues {
            for name in [queue.name, queue.deadLetterQueue] where try await environment.broker.depth(of: name).consumers == 0 {
                return "the worker of \(name)"
            }
        }
        return nil
    }

    private func isFine(_ url: String, _ client: HTTPClient) async -> Bool {
        let response = try? await client.execute(HTTPRequest(method: "GET", url: url), deadline: .seconds(2))
        return response?.status == 200
    }
}
