internal import Synchronization

/// What needs a session of its own, beside the pool.
extension Database {
    /// How often the session that holds a lock is looked after.
    private static let heartbeat = Duration.seconds(2)

    /// Runs `body` while holding the session-level advisory lock `key`. Where someone else holds it, nil at once and
    /// `body` does not run.
    ///
    /// `body` is cancelled when the lock's connection is lost, which is noticed within some seconds also where the server
    /// is frozen; then this throws ``DatabaseError/Code/connectionLost`` unless `body` returns all the same.
    public func holdingLock<R: Sendable>(_ key: Int64, _ body: @escaping @Sendable () async throws -> R) async throws -> R? {
        try Task.checkCancellation()
        let work = Mutex<Task<R, any Error>?>(nil)
        return try await withOwnConnection(watchdogLimit: watchdogLimit) {
            work.withLock { $0?.cancel() }
        } _: { connection in
            let rows = try await fly(Flight(alone: [Query("SELECT pg_try_advisory_lock($1)", .integer(key))]), on: connection)
            guard try rows?[0].only().bool(0) == true else { return nil }
            let task = Task { try await body() }
            work.withLock { $0 = task }
            let heart = Task { await look(after: connection) { task.cancel() } }
            let result = await withTaskCancellationHandler {
                await task.result
            } onCancel: {
                task.cancel()
            }
            heart.cancel()
            let isHeld = await heart.value
            if isHeld { _ = try? await connection.fly(Flight(alone: [Query("SELECT pg_advisory_unlock($1)", .integer(key))])) }
            if !isHeld, case .failure(let error) = result, error is CancellationError, !Task.isCancelled {
                throw DatabaseError(.connectionLost, "the lock \(key) was lost together with its connection")
            }
            return try result.get()
        }
    }

    /// Asks the server for a sign of life again and again. Returns whether there was one each time.
    private func look(after connection: Connection, _ onLoss: () -> Void) async -> Bool {
        while (try? await Task.sleep(for: Database.heartbeat)) != nil {
            let rows = try? await connection.fly(Flight(alone: ["SELECT 1"]))
            guard rows != nil else {
                onLoss()
                return false
            }
        }
        return connection.isClean
    }

    /// Runs several statements as one text, on a connection of its own and without the usual timeouts but for `limit`. They are
    /// one transaction unless they say otherwise. An error names the line.
    public func script(_ sql: String, limit: Duration = .seconds(600)) async throws {
        try Task.checkCancellation()
        try await withOwnConnection(watchdogLimit: limit + configuration.watchdogSlack) {
        } _: { connection in
            try await connection.script("SET statement_timeout = \(limit.milliseconds)")
            try await connection.script(sql)
        }
    }

    /// Opens a connection beside the pool and ends it after `body`. `onLoss` is called when it breaks between flights.
    func withOwnConnection<R: Sendable>(
        watchdogLimit: Duration?, onLoss: @escaping @Sendable () -> Void, _ body: (Connection) async throws -> R
    ) async throws -> R {
        let connection = makeConnection(watchdogLimit: watchdogLimit, onLoss: onLoss)
        let isClosed = shared.withLock { shared in
            if !shared.pool.isClosed { shared.own[ObjectIdentifier(connection)] = connection }
            return shared.pool.isClosed
        }
        if isClosed { throw DatabaseError(.closed, "the database was closed") }
        let result: Result<R, any Error>
        do {
            try await open(connection)
            result = .success(try await body(connection))
        } catch {
            result = .failure(error)
        }
        shared.withLock { _ = $0.own.removeValue(forKey: ObjectIdentifier(connection)) }
        await connection.close()
        return try result.get()
    }
}
