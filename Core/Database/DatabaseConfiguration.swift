/// Where the database is and how long its users are willing to wait.
///
/// Everything the URL itself says (`connect_timeout`, `sslmode`, `options`, several hosts, …) wins over what is set here.
/// The limits go to the server as session settings, so they need a direct connection or a pooler in session mode.
public struct DatabaseConfiguration: Sendable {
    /// A libpq URL, `postgresql://user:password@host:port/database?sslmode=verify-full`, or its `key=value` form.
    public var url: String
    /// How many connections may be open at once, besides the one of each held lock and of a running script.
    public var connections: Int
    /// What the server shows for these sessions (`application_name`).
    public var name: String
    /// How long an attempt to connect may take. With several hosts the next attempt begins with the next one.
    public var connectTimeout: Duration
    /// How long to wait for a free connection, or for the server to come back.
    public var waitLimit: Duration
    /// How long the server lets one statement run (`statement_timeout`).
    public var statementTimeout: Duration
    /// How long the server lets a statement wait for a lock (`lock_timeout`).
    public var lockTimeout: Duration
    /// How long a transaction may sit idle between two flights before the server ends it.
    public var idleInTransactionTimeout: Duration
    /// How often the server looks whether the client of a running statement is still there.
    public var clientCheckInterval: Duration
    /// What a flight may take beyond ``statementTimeout`` without any answer before its connection counts as dead: the
    /// bound for a server that is frozen, where its own timeouts don't run.
    public var watchdogSlack: Duration
    /// How many prepared statements a connection keeps; the one unused longest goes first.
    public var preparedStatements: Int

    public init(
        url: String,
        connections: Int = 8,
        name: String = "sluice",
        connectTimeout: Duration = .seconds(5),
        waitLimit: Duration = .seconds(5),
        statementTimeout: Duration = .seconds(5),
        lockTimeout: Duration = .seconds(1),
        idleInTransactionTimeout: Duration = .seconds(10),
        clientCheckInterval: Duration = .seconds(5),
        watchdogSlack: Duration = .seconds(2),
        preparedStatements: Int = 256
    ) {
        precondition(connections > 0 && preparedStatements > 3)
        self.url = url
        self.connections = connections
        self.name = name
        self.connectTimeout = connectTimeout
        self.waitLimit = waitLimit
        self.statementTimeout = statementTimeout
        self.lockTimeout = lockTimeout
        self.idleInTransactionTimeout = idleInTransactionTimeout
        self.clientCheckInterval = clientCheckInterval
        self.watchdogSlack = watchdogSlack
        self.preparedStatements = preparedStatements
    }
}

extension Duration {
    /// In whole milliseconds, rounded up.
    var milliseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    }
}
