internal import Foundation
internal import Glibc
internal import PrivateServers
internal import Synchronization

/// The RabbitMQ node and the PostgreSQL server that a test run uses.
///
/// Private ones, started when the first test asks and gone with the test process, unless the environment names others:
/// `SLUICE_TEST_DATABASE_URL` (of an account that may create databases), and `SLUICE_TEST_AMQP_URL` together with
/// `SLUICE_TEST_RABBITMQCTL` (a program that runs `rabbitmqctl` against that node).
///
/// Every test has a database and a virtual host of its own, so tests don't meet.
public enum TestServers {
    /// The URL of a fresh, empty database. It is dropped when the run ends.
    public static func database(_ name: String = #function) async throws -> String {
        let root = try await Databases.shared.root()
        let word = name.lowercased().unicodeScalars.prefix(24).map { $0.isASCII && $0.properties.isAlphabetic ? String($0) : "_" }.joined()
        let database = "test_\(word)_\(UInt32.random(in: 0 ... .max))"
        try await PrivateDatabase.execute("create database \(database)", at: root)
        Cleanup.shared.drop(database: database, at: root)
        return replacingPath(of: root, with: database)
    }

    /// The AMQP URL of a fresh virtual host with nothing in it. It is deleted when the run ends.
    public static func broker() async throws -> String {
        try await Brokers.shared.next()
    }

    static func replacingPath(of url: String, with path: String) -> String {
        let authority = url.range(of: "://").map { $0.upperBound } ?? url.startIndex
        let end = url[authority...].firstIndex(of: "/") ?? url.endIndex
        let query = url[end...].firstIndex(of: "?").map { String(url[$0...]) } ?? ""
        return url[..<end] + "/" + path + query
    }

    static func environment(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 }
    }
}

/// The PostgreSQL server of the run.
private actor Databases {
    static let shared = Databases()
    private var server: Task<String, any Error>?

    /// The URL that databases are created with.
    func root() async throws -> String {
        if let url = TestServers.environment("SLUICE_TEST_DATABASE_URL") { return url }
        let task =
            server
            ?? Task {
                let servers = try await temporary(broker: false, database: true)
                guard let database = servers.database else { throw ServerError("no database was started") }
                return database.url
            }
        server = task
        return try await task.value
    }
}

/// The RabbitMQ node of the run, and virtual hosts in stock: `rabbitmqctl` takes a second, for one as for many.
private actor Brokers {
    static let shared = Brokers()
    private var node: Task<(url: String, control: @Sendable (String) async throws -> Void), any Error>?
    private var stock: [String] = []
    private var refill: Task<[String], any Error>?

    func next() async throws -> String {
        let (url, control) = try await root()
        while stock.isEmpty {
            let task =
                refill
                ?? Task {
                    let names = (0..<8).map { _ in "test_\(UInt32.random(in: 0 ... .max))" }
                    try await control(Brokers.creating(names, for: Brokers.user(of: url)))
                    return names
                }
            refill = task
            let names = try await task.value
            if refill == task {
                refill = nil
                stock += names
            }
        }
        return TestServers.replacingPath(of: url, with: stock.removeLast())
    }

    private func root() async throws -> (url: String, control: @Sendable (String) async throws -> Void) {
        let task =
            node
            ?? Task {
                if let url = TestServers.environment("SLUICE_TEST_AMQP_URL") {
                    guard let program = TestServers.environment("SLUICE_TEST_RABBITMQCTL") else {
                        throw ServerError("SLUICE_TEST_AMQP_URL needs SLUICE_TEST_RABBITMQCTL: the path of a rabbitmqctl for that node")
                    }
                    return (
                        url,
                        { expression in
                            let (ending, output) = try await Child.run(Command(name: "rabbitmqctl", words: [program, "eval", expression]))
                            guard ending == .exited(0) else { throw ServerError("\(program) \(ending): \(output)") }
                            Cleanup.shared.delete(hosts: expression, with: program)
                        }
                    )
                }
                let servers = try await temporary(broker: true, database: false)
                guard let broker = servers.broker else { throw ServerError("no broker was started") }
                return (broker.url, { expression in try await broker.control("eval", expression) })
            }
        node = task
        return try await task.value
    }

    private static func creating(_ hosts: [String], for user: String) -> String {
        let list = hosts.map { "<<\"\($0)\">>" }.joined(separator: ",")
        let all = "<<\".*\">>"
        return """
            lists:foreach(fun(H) -> rabbit_vhost:add(H, <<"tests">>), \
            rabbit_auth_backend_internal:set_permissions(<<"\(user)">>, H, \(all), \(all), \(all), <<"tests">>) end, [\(list)]).
            """
    }

    private static func user(of url: String) -> String {
        URLComponents(string: url)?.user ?? "guest"
    }
}

private func temporary(broker: Bool, database: Bool) async throws -> PrivateServers {
    let base = TestServers.environment("TMPDIR") ?? "/tmp"
    let directory = "\(base)/sluice-tests-\(getpid())-\(broker ? "rabbitmq" : "postgres")"
    let servers = try await PrivateServers.start(
        PrivateServers.Plan(directory: directory, broker: broker, database: database, isTemporary: true))
    Cleanup.shared.stop(servers)
    return servers
}

/// What is undone when the test process ends. A process that is killed leaves that to the pipes its servers hang on.
private final class Cleanup: Sendable {
    static let shared = Cleanup()

    private struct Work {
        var servers: [PrivateServers] = []
        var databases: [(name: String, root: String)] = []
        var hosts: [(expression: String, program: String)] = []
    }

    private let work = Mutex(Work())

    private init() {
        atexit {
            let done = DispatchSemaphore(value: 0)
            Task.detached {
                await Cleanup.shared.run()
                done.signal()
            }
            _ = done.wait(timeout: .now() + 60)
        }
    }

    func stop(_ servers: PrivateServers) { work.withLock { $0.servers.append(servers) } }

    func drop(database: String, at root: String) {
        // A private server's databases go with it.
        if TestServers.environment("SLUICE_TEST_DATABASE_URL") == nil { return }
        work.withLock { $0.databases.append((database, root)) }
    }

    func delete(hosts expression: String, with program: String) { work.withLock { $0.hosts.append((expression, program)) } }

    private func run() async {
        let work = work.withLock { $0 }
        for servers in work.servers { await servers.stop() }
        for (name, root) in work.databases { _ = try? await PrivateDatabase.execute("drop database \(name) with (force)", at: root) }
        for (expression, program) in work.hosts {
            // The list that they were made from.
            guard let start = expression.lastIndex(of: "[") else { continue }
            let deletion = "lists:foreach(fun(H) -> rabbit_vhost:delete(H, <<\"tests\">>) end, \(expression[start...])"
            _ = try? await Child.run(Command(name: "rabbitmqctl", words: [program, "eval", deletion]))
        }
    }
}
