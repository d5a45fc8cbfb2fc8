internal import Foundation
internal import Glibc
internal import Synchronization

/// A PostgreSQL server of our own, listening on 127.0.0.1 only, with a generated password.
public final class PrivateDatabase: Sendable {
    /// `postgresql://sluice:…@127.0.0.1:…/sluice`: the owner's, who may do everything.
    public let url: String
    public let port: Int
    /// What the server has to say for itself.
    public let log: String

    private let site: Site
    private let binaries: String
    private let password: String
    private let account: Account
    private let child = Mutex<Child?>(nil)

    private var data: String { site.servers + "/postgres" }
    private var pidFile: String { site.run + "/postgres" }

    init(site: Site, settings: Settings.Server) throws {
        self.site = site
        port = settings.port
        password = settings.password
        account = try Account.forServer(packagedAs: "postgres")
        binaries = try Self.findBinaries(for: site.servers + "/postgres")
        log = site.logs + "/postgres.log"
        url = "postgresql://sluice:\(settings.password)@127.0.0.1:\(settings.port)/sluice"
    }

    /// The server's process id, while it runs.
    public var processID: Int32? { child.withLock { $0?.ending == nil ? Files.number(in: pidFile) : nil } }

    /// Starts the server, initialising its data first if there is none. Returns when it answers.
    public func start() async throws {
        if access(data, F_OK) != 0 { try await initialise() }
        let environment = Command.plainEnvironment.merging([Leftovers.mark: site.directory]) { $1 }
        let started = try await Supervisor.start(
            Supervisor.Plan(
                name: "postgres", words: ["\(binaries)/postgres", "-D", data, "-p", "\(port)"], environment: environment,
                account: account, asking: site.isTemporary ? "QUIT" : "INT", patience: 15, log: log, pidFile: pidFile))
        child.withLock { $0 = started }
        try await Patience.wait(.seconds(60), for: "PostgreSQL", child: started, log: log) {
            let ready = Command(name: "pg_isready", words: ["\(binaries)/pg_isready", "-q", "-h", "127.0.0.1", "-p", "\(port)"])
            return try await Child.run(ready).ending == .exited(0)
        }
        let exists = try await execute("select count(*) from pg_database where datname = 'sluice'", in: "postgres")
        if exists == "0" { try await execute("create database sluice", in: "postgres") }
    }

    /// Stops the server: open transactions are rolled back, the data is left in order.
    public func stop() async {
        guard let running = child.withLock({ $0 }) else { return }
        await running.end(within: .seconds(20))
    }

    /// Kills the server with SIGKILL, as a failing machine would.
    public func crash() async {
        guard let running = child.withLock({ $0 }), let processID else { return }
        // With its other processes: a new server refuses to start while one of them is there.
        let family = [processID] + Leftovers.children(of: processID)
        for process in family { kill(process, SIGKILL) }
        _ = await running.ending(within: .seconds(10))
        while family.contains(where: { kill($0, 0) == 0 }) { usleep(10_000) }
    }

    /// Runs SQL through `psql`.
    /// - Returns: what it printed: rows without headings, columns separated by `|`.
    @discardableResult
    public func execute(_ sql: String, in database: String = "sluice") async throws -> String {
        try await PrivateDatabase.execute(sql, at: "postgresql://sluice:\(password)@127.0.0.1:\(port)/\(database)")
    }

    /// Runs SQL through `psql` on any server.
    /// - Returns: what it printed: rows without headings, columns separated by `|`.
    @discardableResult
    public static func execute(_ sql: String, at url: String) async throws -> String {
        let directories = (try? installations()) ?? []
        guard let psql = Programs.find("psql", in: directories) else {
            throw ServerError("the program 'psql' is missing: install the package postgresql-client")
        }
        let words = [psql, "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d", url, "-c", sql]
        let (ending, output) = try await Child.run(Command(name: "psql", words: words))
        guard ending == .exited(0) else { throw ServerError("psql \(ending): \(output)") }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    // MARK: - Initialising

    /// Makes the data beside its final place and moves it there when it is whole.
    private func initialise() async throws {
        let next = data + ".next"
        Files.remove(next)
        try account.makeDirectory(next)
        let passwordFile = site.servers + "/postgres.password"
        try account.write(password + "\n", to: passwordFile)
        defer { Files.remove(passwordFile) }
        let words =
            (try account.prefix(endingWithParentBy: "KILL"))
            + ["\(binaries)/initdb", "-D", next, "-U", "sluice", "-A", "scram-sha-256", "--pwfile", passwordFile]
            + ["--locale=C", "--encoding=UTF8"] + (site.isTemporary ? ["--no-sync"] : [])
        let environment = Command.plainEnvironment.merging([Leftovers.mark: site.directory]) { $1 }
        let (ending, output) = try await Child.run(Command(name: "initdb", words: words, environment: environment), limit: .seconds(120))
        guard ending == .exited(0) else { throw ServerError("initdb \(ending):\n\(output)") }

        let settings = next + "/postgresql.conf"
        let standard = Files.read(settings).map { String(decoding: $0, as: UTF8.self) } ?? ""
        try account.write(standard + "\n" + configuration, to: settings)
        guard rename(next, data) == 0 else { throw ServerError("cannot move \(next) to \(data): \(String(cString: strerror(errno)))") }
    }

    private var configuration: String {
        """
        # sluice's own server
        listen_addresses = '127.0.0.1'
        unix_socket_directories = ''
        max_connections = 200
        shared_buffers = 256MB
        max_wal_size = 4GB
        wal_compression = on
        checkpoint_timeout = 15min
        # Containers have 64 MB of shared memory, which parallel plans outgrow; the cores are the workers' anyway.
        max_parallel_workers_per_gather = 0
        random_page_cost = 1.1
        synchronous_commit = on
        fsync = \(site.isTemporary ? "off" : "on")
        log_line_prefix = '%m [%p] %a '
        log_checkpoints = off

        """
    }

    /// The newest installation, or the one that made the data that is there.
    private static func findBinaries(for data: String) throws -> String {
        let all = try installations()
        guard let newest = all.first else {
            throw ServerError("no PostgreSQL under /usr/lib/postgresql: install the package postgresql, or give SLUICE_DATABASE_URL")
        }
        guard let version = Files.read(data + "/PG_VERSION").map({ String(decoding: $0, as: UTF8.self) }) else { return newest }
        let number = version.trimmingCharacters(in: .whitespacesAndNewlines)
        guard let match = all.first(where: { $0.hasSuffix("/\(number)/bin") }) else {
            throw ServerError(
                "\(data) was made by PostgreSQL \(number), which is not installed (\(newest) is): install it, or remove \(data)")
        }
        return match
    }

    /// The directories of installed servers' programs, newest first.
    private static func installations() throws -> [String] {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
        return versions.compactMap(Int.init).sorted(by: >).map { "\(root)/\($0)/bin" }.filter { access("\($0)/postgres", X_OK) == 0 }
    }
}
