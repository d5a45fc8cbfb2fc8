public import Logging
internal import Metrics
internal import Reactor
internal import Synchronization

/// PostgreSQL, through a pool of connections that live on one thread of their own.
///
/// Nothing is connected before it is needed. When the server goes away, its connections are thrown away, callers wait for
/// up to the configuration's `waitLimit`, and new connections are tried with growing pauses until it is back.
///
/// All of it may be called from any task at once. A flight under way is never interrupted by cancellation: it ends by the
/// server's own timeouts, or by the watchdog.
public final class Database: Sendable {
    let configuration: DatabaseConfiguration
    let logger: Logger
    let reactor = Reactor(name: "database")
    let settings: Result<ConnectionSettings, DatabaseError>
    let shared: Mutex<Shared>
    private let flights: Metrics.Timer

    struct Shared {
        var pool: Pool
        var members: [Int: Connection] = [:]
        var waiting: [Int: CheckedContinuation<(Int, Connection), any Error>] = [:]
        var ticketsGiven = 0
        var attempts = 0
        /// Why the last attempt to connect failed; nil once one has succeeded.
        var lastFailure: DatabaseError?
        /// Those of held locks and running scripts.
        var own: [ObjectIdentifier: Connection] = [:]
        var closing: [CheckedContinuation<Void, Never>] = []
    }

    /// Opens nothing yet. A URL that can't be read is told by the first use.
    public init(configuration: DatabaseConfiguration, logger: Logger) {
        self.configuration = configuration
        self.logger = logger
        settings = Result { () throws(DatabaseError) in try ConnectionSettings(configuration) }
        shared = Mutex(Shared(pool: Pool(capacity: configuration.connections)))
        flights = Metrics.Timer(label: "sluice_database_flight_seconds")
    }

    deinit {
        // Dropped connections end on the reactor's thread; it ends after them.
        shared.withLock { ($0.members, $0.own) = ([:], [:]) }
        reactor.stop()
    }

    /// One statement, committed by itself.
    ///
    /// - Throws: ``DatabaseError``; with `outcomeUnknown` where the connection was lost while it ran. `CancellationError`
    ///   before it was sent, never after.
    @discardableResult
    public func query(_ query: Query) async throws -> Rows {
        try await queries([query])[0]
    }

    /// Several statements in one flight, committed together or not at all.
    @discardableResult
    public func queries(_ queries: [Query]) async throws -> [Rows] {
        if queries.isEmpty { return [] }
        let flight = try Flight(alone: queries)
        let (member, connection, rows) = try await takeOff(flight)
        release(member, connection)
        return rows
    }

    /// Runs `body` in a transaction (READ COMMITTED): committed when it returns, unless it did so itself; rolled back when
    /// it throws or its task was cancelled. A connection is held from the first flight to the last.
    public nonisolated(nonsending) func transaction<R: Sendable>(_ body: (Transaction) async throws -> R) async throws -> R {
        let transaction = Transaction(in: self)
        do {
            let result = try await body(transaction)
            try await transaction.finish()
            return result
        } catch {
            await transaction.rollBack()
            throw error
        }
    }

    /// How many connections there are, and how many tasks wait for one.
    public var usage: (open: Int, idle: Int, waiting: Int) {
        shared.withLock { ($0.members.count, $0.pool.idle.count, $0.pool.waiters.count) }
    }

    /// Sends a flight that opens something on whatever connection is alive. The connection is the caller's until released.
    func takeOff(_ flight: Flight) async throws -> (Int, Connection, [Rows]) {
        // One more than can have died unnoticed in the pool.
        for _ in 0...configuration.connections {
            try Task.checkCancellation()
            let (member, connection) = try await lease()
            do {
                if let rows = try await fly(flight, on: connection) { return (member, connection, rows) }
            } catch {
                await clean(connection, after: flight)
                release(member, connection)
                throw error
            }
            release(member, connection)
        }
        throw DatabaseError(.connectionLost, "the connections to the database are lost as soon as they are made")
    }

    func fly(_ flight: Flight, on connection: Connection) async throws(DatabaseError) -> [Rows]? {
        let start = ContinuousClock.now
        defer {
            let took = (ContinuousClock.now - start).components
            flights.recordNanoseconds(took.seconds * 1_000_000_000 + took.attoseconds / 1_000_000_000)
        }
        return try await connection.fly(flight)
    }

    /// Ends the transaction that a failed flight has left open. What can't be cleaned is closed on release.
    func clean(_ connection: Connection, after flight: Flight? = nil) async {
        guard !connection.isClean, let rollback = try? Flight([], begins: false, end: .rollback) else { return }
        _ = try? await connection.fly(rollback)
    }

    /// Ends all connections; those in use when they come back, at the latest after the wait limit. Later uses throw
    /// ``DatabaseError/Code/closed``.
    public func close() async {
        let actions = shared.withLock { $0.pool.close() }
        let deadline = Task {
            guard (try? await Task.sleep(for: configuration.waitLimit)) != nil else { return }
            for connection in shared.withLock({ Array($0.members.values) }) { await connection.close() }
            drained()
        }
        await withCheckedContinuation { continuation in
            shared.withLock { $0.closing.append(continuation) }
            perform(actions)
        }
        deadline.cancel()
        for connection in shared.withLock({ Array($0.own.values) }) { await connection.close() }
    }

    func drained() {
        for continuation in shared.withLock({ shared in
            defer { shared.closing = [] }
            return shared.closing
        }) { continuation.resume() }
    }
}
