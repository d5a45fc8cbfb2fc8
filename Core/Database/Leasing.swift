internal import Logging
internal import Synchronization

/// The pool's decisions carried out.
extension Database {
    /// A connection of the pool, for the caller alone until it is released. First come, first served.
    ///
    /// - Throws: ``DatabaseError/Code/noFreeConnection`` or ``DatabaseError/Code/cannotConnect`` once the wait limit is over.
    func lease() async throws -> (Int, Connection) {
        _ = try settings.get()
        let taken = shared.withLock { shared -> (Int, Connection)? in
            guard let member = shared.pool.leaseIdle() else { return nil }
            return (member, shared.members[member]!)
        }
        if let taken { return taken }
        let ticket = shared.withLock { shared in
            shared.ticketsGiven += 1
            return shared.ticketsGiven
        }
        let expiry = Task {
            guard (try? await Task.sleep(for: configuration.waitLimit)) != nil else { return }
            abandon(ticket) { self.expired($0) }
        }
        defer { expiry.cancel() }
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                wait(ticket, continuation)
                // Cancelled before there was anything to abandon.
                if Task.isCancelled { abandon(ticket) { _ in CancellationError() } }
            }
        } onCancel: {
            abandon(ticket) { _ in CancellationError() }
        }
    }

    private func wait(_ ticket: Int, _ continuation: CheckedContinuation<(Int, Connection), any Error>) {
        let (lease, actions, connection) = shared.withLock { shared in
            let (lease, actions) = shared.pool.lease(for: ticket, now: .now)
            var connection: Connection?
            if case .take(let member) = lease { connection = shared.members[member] }
            if case .wait = lease { shared.waiting[ticket] = continuation }
            return (lease, actions, connection)
        }
        switch lease {
        case .take(let member): continuation.resume(returning: (member, connection!))
        case .wait: perform(actions)
        case .refuse: continuation.resume(throwing: refusal)
        }
    }

    private func abandon(_ ticket: Int, _ reason: (Shared) -> any Error) {
        let found = shared.withLock { shared -> (CheckedContinuation<(Int, Connection), any Error>, any Error)? in
            guard shared.pool.abandon(ticket), let continuation = shared.waiting.removeValue(forKey: ticket) else { return nil }
            return (continuation, reason(shared))
        }
        found?.0.resume(throwing: found!.1)
    }

    private func expired(_ shared: borrowing Shared) -> DatabaseError {
        let limit = configuration.waitLimit
        guard let failure = shared.lastFailure else {
            if shared.pool.leased.count < configuration.connections {
                return DatabaseError(.cannotConnect, "no connection to the database within \(limit): still connecting")
            }
            return DatabaseError(.noFreeConnection, "no free connection within \(limit): all \(configuration.connections) are in use")
        }
        return DatabaseError(.cannotConnect, "no connection to the database within \(limit): \(failure.message)")
    }

    private var refusal: DatabaseError {
        shared.withLock(\.pool.isClosed)
            ? DatabaseError(.closed, "the database was closed")
            : DatabaseError(.noFreeConnection, "\(Pool.maximumWaiters) tasks wait for a connection already")
    }

    /// Gives a connection back; it is thrown away unless it is clean.
    func release(_ member: Int, _ connection: Connection) {
        perform(shared.withLock { $0.pool.release(member, isGood: connection.isClean, now: .now) })
    }

    func perform(_ actions: [Pool.Action]) {
        for action in actions {
            switch action {
            case .connect(let member, let delay): Task { await connect(member, after: delay) }
            case .hand(let member, let ticket):
                let (continuation, connection) = shared.withLock { ($0.waiting.removeValue(forKey: ticket), $0.members[member]) }
                continuation?.resume(returning: (member, connection!))
            case .close(let member):
                if let connection = shared.withLock({ $0.members.removeValue(forKey: member) }) { Task { await connection.close() } }
            case .refuse(let tickets):
                let refusal = refusal
                for ticket in tickets { shared.withLock { $0.waiting.removeValue(forKey: ticket) }?.resume(throwing: refusal) }
            case .drained: drained()
            }
        }
    }

    private func connect(_ member: Int, after delay: Duration) async {
        if delay > .zero { try? await Task.sleep(for: delay) }
        do {
            let connection = makeConnection(watchdogLimit: watchdogLimit) { [weak self] in self?.lost(member) }
            try await open(connection)
            let (actions, wasAway) = shared.withLock { shared in
                defer { shared.lastFailure = nil }
                shared.members[member] = connection
                return (shared.pool.connected(member, now: .now), shared.lastFailure != nil)
            }
            if wasAway { logger.notice("the database is back") }
            perform(actions)
        } catch {
            let (actions, isFirst) = shared.withLock { shared in
                defer { shared.lastFailure = error }
                let jitter = Double.random(in: 0..<1)
                return (shared.pool.connectFailed(member, now: .now, jitter: jitter), shared.lastFailure == nil)
            }
            // Once, not at each attempt.
            if isFirst { logger.warning("the database can't be reached", metadata: ["reason": "\(error)"]) }
            perform(actions)
        }
    }

    private func lost(_ member: Int) {
        logger.debug("an idle connection to the database was lost")
        perform(shared.withLock { $0.pool.lost(member) })
    }

    /// For the steps of a flight: the server's own timeout and some slack.
    var watchdogLimit: Duration? {
        configuration.statementTimeout == .zero ? nil : configuration.statementTimeout + configuration.watchdogSlack
    }

    func makeConnection(watchdogLimit: Duration?, onLoss: @escaping @Sendable () -> Void) -> Connection {
        Connection(reactor: reactor, statements: configuration.preparedStatements, watchdogLimit: watchdogLimit, onLoss: onLoss)
    }

    func open(_ connection: Connection) async throws(DatabaseError) {
        let settings = try settings.get()
        let attempt = shared.withLock { shared in
            shared.attempts += 1
            return shared.attempts
        }
        try await connection.open(settings.rotated(by: attempt), timeout: settings.connectTimeout)
    }
}
