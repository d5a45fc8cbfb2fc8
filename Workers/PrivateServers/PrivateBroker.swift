internal import Foundation
internal import Glibc
internal import Synchronization

/// A RabbitMQ node of our own, listening on 127.0.0.1 only, with its own name service (epmd), cookie and password.
public final class PrivateBroker: Sendable {
    /// `amqp://sluice:…@127.0.0.1:…/sluice`: the administrator's.
    public let url: String
    public let port: Int
    /// What the node has to say for itself.
    public let log: String

    private let site: Site
    private let settings: Settings.Server
    private let account: Account
    private struct Children {
        var node: Child?
        var names: Child?
        /// Whether the node has answered since it was started.
        var isReady = false
    }

    private let children = Mutex(Children())

    private static let scripts = "/usr/lib/rabbitmq/bin"
    private var home: String { site.servers + "/rabbitmq" }
    private var pidFile: String { site.run + "/rabbitmq" }
    private var marker: String { home + "/complete" }

    init(site: Site, settings: Settings.Server) throws {
        self.site = site
        self.settings = settings
        port = settings.port
        account = try Account.forServer(packagedAs: "rabbitmq")
        log = site.logs + "/rabbitmq.log"
        url = "amqp://sluice:\(settings.password)@127.0.0.1:\(settings.port)/sluice"
        guard access("\(Self.scripts)/rabbitmq-server", X_OK) == 0 else {
            throw ServerError("no RabbitMQ in \(Self.scripts): install the package rabbitmq-server, or give SLUICE_AMQP_URL")
        }
        try Self.checkVersion()
    }

    /// Dead letters that cannot get lost came with RabbitMQ 3.10.
    private static func checkVersion() throws {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib/rabbitmq/lib")) ?? []
        let versions = names.filter { $0.hasPrefix("rabbitmq_server-") }.map { name in
            name.drop { $0 != "-" }.dropFirst().split(separator: ".").prefix(2).compactMap { Int($0) }
        }
        guard let newest = versions.max(by: { $0.lexicographicallyPrecedes($1) }), newest.lexicographicallyPrecedes([3, 10]) else { return }
        throw ServerError(
            "RabbitMQ \(newest.map(String.init).joined(separator: ".")) is too old, 3.10 or newer is needed: "
                + "install one from https://www.rabbitmq.com, or give SLUICE_AMQP_URL")
    }

    /// The node's process id, while it runs.
    public var processID: Int32? { children.withLock { $0.node?.ending == nil ? Files.number(in: pidFile) : nil } }

    /// Starts the node, with fresh data if there is none. Returns when it answers.
    public func start() async throws {
        try prepare()
        try await startNames()
        let node = try await Supervisor.start(plan("rabbitmq", ["\(Self.scripts)/rabbitmq-server"], pidFile: pidFile))
        children.withLock {
            $0.node = node
            $0.isReady = false
        }
        try await Patience.wait(.seconds(120), for: "RabbitMQ", child: node, log: log) { Ports.isOpen(port) }
        try account.write("", to: marker)
        children.withLock { $0.isReady = true }
    }

    /// Stops the node and its name service.
    public func stop() async {
        let (node, names, isReady) = children.withLock { ($0.node, $0.names, $0.isReady) }
        // A node that is still starting would finish that first.
        if !isReady { await crash() }
        await node?.end(within: .seconds(25))
        await names?.end(within: .seconds(5))
    }

    /// Kills the node with SIGKILL, as a failing machine would.
    public func crash() async {
        guard let node = children.withLock({ $0.node }), let processID else { return }
        kill(processID, SIGKILL)
        _ = await node.ending(within: .seconds(10))
    }

    /// Runs `rabbitmqctl` against the node. It takes about a second.
    /// - Returns: what it printed.
    @discardableResult
    public func control(_ arguments: String...) async throws -> String {
        let words = try account.prefix(endingWithParentBy: "KILL") + ["\(Self.scripts)/rabbitmqctl", "-n", "sluice@localhost"] + arguments
        let command = Command(name: "rabbitmqctl", words: words, environment: environment)
        let (ending, output) = try await Child.run(command)
        guard ending == .exited(0) else { throw ServerError("rabbitmqctl \(arguments.joined(separator: " ")) \(ending):\n\(output)") }
        return output
    }

    // MARK: - Its files and environment

    /// Writes the node's files. Data of a first start that was cut short is thrown away: the account may be missing in it.
    private func prepare() throws {
        if access(marker, F_OK) != 0 { Files.remove(home) }
        try account.makeDirectory(home)
        let cookie = home + "/.erlang.cookie"
        // Erlang insists on a cookie that nobody else can read.
        if access(cookie, F_OK) != 0 { try account.write(Files.secret(), to: cookie, mode: 0o400) }
        try account.write("[].\n", to: home + "/enabled_plugins")
        try account.write(configuration, to: home + "/rabbitmq.conf")
    }

    /// Erlang's name service. A node would start one that outlives it; one that is there already is used instead.
    private func startNames() async throws {
        if let running = children.withLock({ $0.names }), running.ending == nil { return }
        guard let epmd = Programs.find("epmd") else { throw ServerError("the program 'epmd' is missing: install the package erlang-base") }
        let plan = plan("epmd", [epmd, "-port", "\(settings.names)", "-address", "127.0.0.1"], pidFile: site.run + "/epmd")
        let names = try await Supervisor.start(plan)
        children.withLock { $0.names = names }
        try await Patience.wait(.seconds(20), for: "epmd", child: names, log: plan.log) { Ports.isOpen(settings.names) }
    }

    private func plan(_ name: String, _ words: [String], pidFile: String) -> Supervisor.Plan {
        Supervisor.Plan(
            name: name, words: words, environment: environment, account: account, asking: site.isTemporary ? "KILL" : "TERM",
            patience: 20, log: log, pidFile: pidFile)
    }

    private var configuration: String {
        """
        # sluice's own node
        listeners.tcp.1 = 127.0.0.1:\(port)
        default_user = sluice
        default_pass = \(settings.password)
        default_vhost = sluice
        heartbeat = 10
        vm_memory_high_watermark.relative = 0.6
        disk_free_limit.absolute = 50MB
        log.file = false
        log.console = true
        log.console.level = warning

        """
    }

    private var environment: [String: String] {
        Command.plainEnvironment.merging([
            Leftovers.mark: site.directory,
            "HOME": home,
            // Its log goes into a file: no colours.
            "TERM": "dumb",
            "RABBITMQ_NODENAME": "sluice@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": "\(port)",
            "RABBITMQ_DIST_PORT": "\(settings.distribution)",
            "ERL_EPMD_PORT": "\(settings.names)",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_MNESIA_BASE": home + "/data",
            "RABBITMQ_LOG_BASE": home + "/log",
            "RABBITMQ_CONFIG_FILE": home + "/rabbitmq.conf",
            "RABBITMQ_ADVANCED_CONFIG_FILE": home + "/advanced.config",
            "RABBITMQ_ENABLED_PLUGINS_FILE": home + "/enabled_plugins",
            "RABBITMQ_PID_FILE": home + "/pid",
            "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            // The script then becomes the node, instead of standing between it and who watches it.
            "RUNNING_UNDER_SYSTEMD": "true",
            // Idle schedulers sleep at once instead of spinning on cores that the workers need.
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "+sbwt none +sbwtdcpu none +sbwtdio none -kernel inet_dist_use_interface {127,0,0,1}",
        ]) { $1 }
    }
}
