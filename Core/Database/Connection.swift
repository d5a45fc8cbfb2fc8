internal import Reactor
internal import Synchronization

/// One session with the server, on a reactor's thread. It has one flight under way at most.
actor Connection {
    nonisolated let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    /// How long a step of a flight may go without an answer; nil: without bound.
    private let watchdogLimit: Duration?
    /// Told once, when the connection ends by itself while nobody uses it.
    private let onLoss: @Sendable () -> Void

    private var handle: ConnectionHandle?
    private var socket: Int32 = -1
    private var watched: Reactor.Interest = []
    private var opening: CheckedContinuation<DatabaseError?, Never>?
    private var run: Run?
    private var cache: StatementCache
    private var watchdog: Reactor.Timer?
    private var deadline = ContinuousClock.now
    private let clean = Atomic(false)

    /// A flight under way. Its answers are awaited by whoever started it.
    private struct Run {
        var progress: FlightProgress<ResultHandle>
        /// Not nil: no flight but a script, in the simple protocol.
        var script: String?
        let landing: CheckedContinuation<Result<[ResultHandle], DatabaseError>, Never>
    }

    init(reactor: Reactor, statements: Int, watchdogLimit: Duration?, onLoss: @escaping @Sendable () -> Void = {}) {
        self.reactor = reactor
        self.watchdogLimit = watchdogLimit
        self.onLoss = onLoss
        cache = StatementCache(capacity: statements)
    }

    isolated deinit { disconnect() }

    /// Whether it may serve someone else: it is open, and outside of any transaction.
    nonisolated var isClean: Bool { clean.load(ordering: .acquiring) }

    // MARK: - Opening and closing

    func open(_ settings: [ConnectionSettings.Setting], timeout: Duration) async throws(DatabaseError) {
        guard let handle = ConnectionHandle(settings) else { throw DatabaseError(.cannotConnect, "out of memory") }
        self.handle = handle
        let timer = reactor.schedule(after: timeout) { [weak self] in
            self?.assumeIsolated { $0.opened(DatabaseError(.cannotConnect, "no connection to the database within \(timeout)")) }
        }
        let failure = await withCheckedContinuation { continuation in
            opening = continuation
            if handle.isBad { opened(connectError) } else { watchOpening(.write) }
        }
        reactor.cancel(timer)
        if let failure { throw failure }
        clean.store(true, ordering: .releasing)
    }

    /// Ends the session. What is under way is lost.
    func close() {
        lose(DatabaseError(.closed, "the connection was closed"), isExpected: true)
    }

    private var connectError: DatabaseError { DatabaseError(.cannotConnect, handle?.errorMessage ?? "closed while connecting") }

    private func proceedOpening() {
        guard let handle, opening != nil else { return }
        unwatch()
        switch handle.poll() {
        case .reads: watchOpening(.read)
        case .writes: watchOpening(.write)
        case .failed: opened(connectError)
        case .ready:
            guard handle.enterPipeline() else { return opened(connectError) }
            opened(nil)
        }
    }

    private func opened(_ failure: DatabaseError?) {
        guard let opening else { return }
        self.opening = nil
        if failure == nil { watch(.read) } else { disconnect() }
        opening.resume(returning: failure)
    }

    /// libpq may change its socket between two steps of connecting.
    private func watchOpening(_ interest: Reactor.Interest) {
        guard let handle else { return }
        socket = handle.socket
        reactor.watch(socket, for: interest) { [weak self] _ in self?.assumeIsolated { $0.proceedOpening() } }
    }

    private func watch(_ interest: Reactor.Interest) {
        guard let handle, interest != watched else { return }
        watched = interest
        socket = handle.socket
        reactor.watch(socket, for: interest) { [weak self] _ in self?.assumeIsolated { $0.ready() } }
    }

    private func unwatch() {
        guard socket >= 0 else { return }
        reactor.unwatch(socket)
        socket = -1
        watched = []
    }

    private func disconnect() {
        clean.store(false, ordering: .releasing)
        if let watchdog { reactor.cancel(watchdog) }
        watchdog = nil
        unwatch()
        handle = nil
    }

    /// The connection is no more.
    private func lose(_ reason: DatabaseError, isExpected: Bool = false) {
        guard handle != nil else { return }
        disconnect()
        if let opening {
            self.opening = nil
            opening.resume(returning: reason)
        } else if let run {
            self.run = nil
            run.landing.resume(returning: run.progress.result(lost: reason))
        } else if !isExpected {
            onLoss()
        }
    }

    // MARK: - Flights

    /// Sends all of a flight and waits for all of its answers. What it throws is the first failure.
    ///
    /// Where the connection turns out to be dead before anything was sent, nil for a flight that another may carry.
    func fly(_ flight: Flight) async throws(DatabaseError) -> [Rows]? {
        if handle != nil, run == nil { ready() }
        guard let handle else {
            if flight.isFirst { return nil }
            throw DatabaseError(.connectionLost, "the connection to the database was lost between two flights")
        }
        precondition(run == nil && opening == nil, "a connection has one flight at a time")
        clean.store(false, ordering: .releasing)
        let steps = plan(flight)
        let outcome = await withCheckedContinuation { landing in
            run = Run(progress: FlightProgress(flight, steps: steps), landing: landing)
            startWatchdog()
            if send(flight, steps, on: handle) { flush() } else { lose(DatabaseError(.connectionLost, handle.errorMessage)) }
        }
        return try outcome.get().map { Rows(result: $0) }
    }

    /// Runs several statements as one text in the simple protocol.
    func script(_ sql: String) async throws(DatabaseError) {
        guard let handle, handle.leavePipeline() else {
            throw DatabaseError(.connectionLost, "the connection to the database was lost")
        }
        clean.store(false, ordering: .releasing)
        let flight = try Flight(alone: [])
        let outcome = await withCheckedContinuation { landing in
            run = Run(progress: FlightProgress(flight, steps: []), script: sql, landing: landing)
            startWatchdog()
            if handle.sendScript(sql) { flush() } else { lose(DatabaseError(.connectionLost, handle.errorMessage)) }
        }
        if self.handle?.enterPipeline() == false { lose(DatabaseError(.connectionLost, "the pipeline can't be entered again")) }
        _ = try outcome.get()
    }

    /// Finds or names the prepared statement of each, and says what must be sent.
    private func plan(_ flight: Flight) -> [FlightProgress<ResultHandle>.Step] {
        cache.takeOff()
        names.removeAll(keepingCapacity: true)
        forgotten.removeAll(keepingCapacity: true)
        var steps: [FlightProgress<ResultHandle>.Step] = []
        steps.reserveCapacity(flight.statements.count + 4)
        for (index, statement) in flight.statements.enumerated() {
            // Not prepared: making room for it could fail, and a failed transaction must always be ended.
            if statement.role == .rollback {
                names.append("")
                steps.append(.execute(statement: index))
                continue
            }
            switch cache.find(statement.sql, types: flight.payload.slots[statement.slots].lazy.map(\.type)) {
            case .known(let name): names.append(name)
            case .new(let name, let replaced):
                if let replaced { forgotten.append(replaced) }
                names.append(name)
                steps.append(.prepare(statement: index, name: name))
            }
            steps.append(.execute(statement: index))
        }
        return forgotten.map { _ in .forget } + steps
    }

    /// The names of the planned flight's statements, and of those given up for it. Kept for their capacity.
    private var names: [String] = []
    private var forgotten: [String] = []

    private func send(_ flight: Flight, _ steps: [FlightProgress<ResultHandle>.Step], on handle: ConnectionHandle) -> Bool {
        for name in forgotten where !handle.sendOnce("DEALLOCATE \(name)") { return false }
        for step in steps {
            let isSent =
                switch step {
                case .forget: true
                case .prepare(let index, let name):
                    handle.sendPrepare(
                        name, flight.statements[index].sql, types: flight.payload.slots[flight.statements[index].slots].map(\.type.oid))
                case .execute(let index):
                    names[index].isEmpty
                        ? handle.sendOnce(flight.statements[index].sql)
                        : handle.sendExecute(names[index], flight.payload, flight.statements[index].slots)
                }
            guard isSent else { return false }
        }
        return handle.sendSync()
    }

    // MARK: - What the socket brings

    private func flush() {
        switch handle?.flush() {
        case .done: watch(.read)
        case .pending: watch([.read, .write])
        case .failed: ready()
        case nil: break
        }
    }

    /// The socket has something for us, or room for more.
    private func ready() {
        guard let handle else { return }
        let isAlive = handle.consume()
        let isBusy = handle.isBusy  // also takes in what comes unasked
        if run != nil {
            if !isBusy { drain(handle) }
        }
        guard self.handle != nil else { return }
        if !isAlive || handle.isBad { return lose(DatabaseError(.connectionLost, handle.errorMessage)) }
        if run != nil { flushRest(handle) }
    }

    private func flushRest(_ handle: ConnectionHandle) {
        switch handle.flush() {
        case .done: watch(.read)
        case .pending: watch([.read, .write])
        case .failed: lose(DatabaseError(.connectionLost, handle.errorMessage))
        }
    }

    /// Takes all answers that are there.
    private func drain(_ handle: ConnectionHandle) {
        guard let script = run.map(\.script), let landing = run?.landing else { return }
        if let watchdogLimit { deadline = .now + watchdogLimit }
        var isAtRest = false
        while !handle.isBusy, run?.progress.isSynced == false {
            var answer = handle.next(script: script)
            if case .endOfStep = answer {
                if handle.isBad { return }
                if script != nil { answer = .synced }
                // Twice in a row: libpq waits for nothing more, and the flight isn't over.
                if isAtRest { return lose(DatabaseError(.connectionLost, "the server's answers don't match the statements")) }
                isAtRest = true
            } else {
                isAtRest = false
            }
            if case .outcome(let outcome) = answer, run?.progress.isCommitting == true, outcome.commandTag != "COMMIT" {
                answer = .failure(DatabaseError(.server, "the transaction had failed and was rolled back", sqlState: "25P02"))
            }
            run?.progress.take(answer)
            // libpq's own complaint, or COPY: nothing sensible follows.
            if case .failure(let error) = answer, error.code == .connectionLost { return lose(error) }
        }
        guard let progress = run?.progress, progress.isSynced else { return }
        land(progress, on: handle, isScript: script != nil)
        landing.resume(returning: progress.result)
    }

    private func land(_ progress: FlightProgress<ResultHandle>, on handle: ConnectionHandle, isScript: Bool) {
        run = nil
        if let watchdog { reactor.cancel(watchdog) }
        watchdog = nil
        for name in progress.unprepared { cache.forget(name) }
        // A plan overtaken by a migration, or a server that lets us write no more: this connection won't do any longer.
        if let error = progress.error, error.isStalePlan || error.isConnectionLost { return disconnect() }
        watch(.read)
        clean.store(handle.isOutsideTransaction && !isScript, ordering: .releasing)
    }

    private func startWatchdog() {
        guard let watchdogLimit else { return }
        deadline = .now + watchdogLimit
        armWatchdog(after: watchdogLimit)
    }

    private func armWatchdog(after delay: Duration) {
        watchdog = reactor.schedule(after: delay) { [weak self] in self?.assumeIsolated { $0.watchdogFired() } }
    }

    private func watchdogFired() {
        guard run != nil, let watchdogLimit else { return }
        let left = deadline - .now
        if left > .zero { return armWatchdog(after: left) }
        lose(DatabaseError(.connectionLost, "no answer from the database within \(watchdogLimit): the connection was given up"))
    }
}
