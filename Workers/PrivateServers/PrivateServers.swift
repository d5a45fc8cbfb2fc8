internal import Foundation
internal import Glibc

/// A RabbitMQ node and a PostgreSQL server of our own in one directory, run by an unprivileged account, and gone when
/// this process is: after ``stop()``, and also when it was killed.
///
/// Their data stays, so a second start takes seconds. One process at a time may use a directory.
public final class PrivateServers: Sendable {
    /// What to start.
    public struct Plan: Sendable {
        /// Where everything is kept; made if it is missing.
        public var directory: String
        public var broker: Bool
        public var database: Bool
        /// Whether the directory is to vanish with this process, and the data need not survive the machine.
        public var isTemporary: Bool

        public init(directory: String, broker: Bool = true, database: Bool = true, isTemporary: Bool = false) {
            self.directory = directory
            self.broker = broker
            self.database = database
            self.isTemporary = isTemporary
        }
    }

    /// The absolute path of the directory.
    public let directory: String
    public let broker: PrivateBroker?
    public let database: PrivateDatabase?

    private let janitor: Child?

    private init(directory: String, broker: PrivateBroker?, database: PrivateDatabase?, janitor: Child?) {
        self.directory = directory
        self.broker = broker
        self.database = database
        self.janitor = janitor
    }

    /// Starts the servers that the plan names. The directory must be ours alone (see ``DirectoryLock``).
    /// - Throws: ``ServerError`` with the last lines of the log of what did not start; nothing is left running.
    public static func start(_ plan: Plan) async throws -> PrivateServers {
        raiseFileLimit()
        let site = try await Site.prepare(plan)
        await Leftovers.clear(in: site.directory)
        let janitor = plan.isTemporary ? try await site.startJanitor() : nil
        let settings = try Settings.load(from: site.directory)
        let servers = PrivateServers(
            directory: site.directory,
            broker: plan.broker ? try PrivateBroker(site: site, settings: settings.broker) : nil,
            database: plan.database ? try PrivateDatabase(site: site, settings: settings.database) : nil,
            janitor: janitor)
        do {
            async let broker: Void? = servers.broker?.start()
            async let database: Void? = servers.database?.start()
            _ = try await (broker, database)
        } catch {
            await servers.stop()
            throw error
        }
        return servers
    }

    /// RabbitMQ keeps some two files open for every quorum queue, and hangs without a word when it may open no more; shells mostly allow
    /// 1,024 where the system would allow far more. What this process may, its children may.
    private static func raiseFileLimit() {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_cur < 65_536 else { return }
        limit.rlim_cur = min(65_536, limit.rlim_max)
        setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    }

    /// Stops the servers, and removes the directory if it is temporary. Nothing of them runs afterwards.
    public func stop() async {
        async let broker: Void? = broker?.stop()
        async let database: Void? = database?.stop()
        _ = await (broker, database)
        await Leftovers.clear(in: directory, patience: .seconds(2))
        await janitor?.end(within: .seconds(20))
    }
}

/// The places of one directory.
struct Site: Sendable {
    /// The directory that was asked for, absolute.
    let directory: String
    /// Where the servers' data is: in the directory, if their accounts can reach it.
    let servers: String
    let isTemporary: Bool

    var logs: String { directory + "/logs" }
    var run: String { directory + "/run" }

    static func prepare(_ plan: PrivateServers.Plan) async throws -> Site {
        let directory = URL(fileURLWithPath: plan.directory).standardizedFileURL.path
        if plan.isTemporary, access(directory, F_OK) == 0 {
            throw ServerError("\(directory) is there already: a temporary directory is removed afterwards and must be new")
        }
        for path in [directory, directory + "/logs", directory + "/run"] { try Files.makeDirectory(path) }
        var servers = directory
        let accounts = try [Account.forServer(packagedAs: "postgres"), Account.forServer(packagedAs: "rabbitmq")]
        for account in accounts where try await !account.canEnter(directory) { servers = try makeElsewhere(for: directory) }
        return Site(directory: directory, servers: servers, isTemporary: plan.isTemporary)
    }

    /// Where root keeps the data when the directory lies where the servers' accounts cannot go (below `/root`, say):
    /// a directory of root's below `/var/lib`, with a link to it beside the rest.
    private static func makeElsewhere(for directory: String) throws -> String {
        // FNV-1a: short, stable, and nothing secret depends on it.
        let hash = directory.utf8.reduce(0xcbf2_9ce4_8422_2325 as UInt64) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
        let path = "/var/lib/sluice-" + String(hash, radix: 36)
        try Files.makeDirectory(path)
        let link = directory + "/servers"
        unlink(link)
        _ = symlink(path, link)
        return path
    }

    /// A process that removes the directory once this one has ended.
    func startJanitor() async throws -> Child {
        let script = """
            read -r _
            for attempt in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do
                rm -rf "$1" "$2" 2>/dev/null
                [ -e "$1" ] || [ -e "$2" ] || exit 0
                sleep 0.3
            done
            """
        var environment = Command.plainEnvironment
        environment[Leftovers.mark] = directory + "/janitor"
        return try await Child.start(
            Command(
                name: "janitor", words: ["/bin/sh", "-c", script, "sluice-janitor", directory, servers], environment: environment,
                hasLifeline: true))
    }
}
