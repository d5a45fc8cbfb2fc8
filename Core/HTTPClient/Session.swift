internal import Logging
internal import Reactor

/// What lives on the client's thread: who is under way, who waits, and libcurl.
actor Session {
    typealias Outcome = Result<HTTPResponse, HTTPError>

    private struct Call {
        let request: HTTPRequest
        let target: Target
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Outcome, Never>
    }

    nonisolated let reactor: Reactor
    nonisolated var unownedExecutor: UnownedSerialExecutor { reactor.asUnownedSerialExecutor() }

    private let configuration: HTTPClientConfiguration
    private let logger: Logger
    private lazy var multi = Multi(reactor: reactor, configuration: configuration, logger: logger)
    private var turns: Turns
    private var waiting: [UInt64: (call: Call, timer: Reactor.Timer)] = [:]
    private var underWay: [UInt64: (call: Call, transfer: Transfer)] = [:]
    private var isClosed = false

    init(configuration: HTTPClientConfiguration, logger: Logger) {
        reactor = Reactor(name: configuration.name)
        self.configuration = configuration
        self.logger = logger
        turns = Turns(limit: configuration.requestsPerHost, waitingLimit: configuration.waitingLimit)
    }

    func perform(_ request: HTTPRequest, id: UInt64, deadline: ContinuousClock.Instant) async -> Outcome {
        let target: Target
        do throws(HTTPError) { target = try Target(request) } catch { return .failure(error) }
        if isClosed { return .failure(HTTPError(code: .closed, message: "the client was closed", mayHaveArrived: false)) }
        // From here to the registration nothing suspends: a cancellation is either seen here, or finds the call registered.
        if Task.isCancelled { return .failure(HTTPError(code: .cancelled, message: "cancelled before it began", mayHaveArrived: false)) }
        return await withCheckedContinuation { continuation in
            admit(Call(request: request, target: target, deadline: deadline, continuation: continuation), id)
        }
    }

    private func admit(_ call: Call, _ id: UInt64) {
        switch turns.ask(id, for: call.target.origin) {
        case .go:
            start(call, id)
        case .wait:
            let timer = reactor.schedule(after: max(call.deadline - .now, .zero)) {
                self.giveUp(id, .timedOut, "the deadline passed while waiting for a turn")
            }
            waiting[id] = (call, timer)
        case .full:
            let message = "\(call.target.origin): \(configuration.waitingLimit) callers are waiting already"
            call.continuation.resume(returning: .failure(HTTPError(code: .busy, message: message, mayHaveArrived: false)))
        }
    }

    private func start(_ call: Call, _ id: UInt64) {
        let left = call.deadline - .now
        do throws(HTTPError) {
            guard left > .zero else { throw HTTPError(code: .timedOut, message: "the deadline had passed", mayHaveArrived: false) }
            let transfer = try Transfer(call.request, to: call.target, configuration: configuration, timeout: left)
            underWay[id] = (call, transfer)
            multi.start(transfer) { self.finish(id, $0) }
        } catch {
            call.continuation.resume(returning: .failure(error))
            handOn(call.target.origin)
        }
    }

    private func finish(_ id: UInt64, _ outcome: Outcome) {
        guard let (call, _) = underWay.removeValue(forKey: id) else { return }
        call.continuation.resume(returning: outcome)
        handOn(call.target.origin)
    }

    private func handOn(_ origin: String) {
        guard let next = turns.giveBack(origin), let (call, timer) = waiting.removeValue(forKey: next) else { return }
        reactor.cancel(timer)
        start(call, next)
    }

    /// Ends a call that waits for its turn.
    private func giveUp(_ id: UInt64, _ code: HTTPError.Code, _ message: String) {
        guard let (call, timer) = waiting.removeValue(forKey: id) else { return }
        reactor.cancel(timer)
        turns.leave(id, call.target.origin)
        call.continuation.resume(
            returning: .failure(HTTPError(code: code, message: "\(call.target.origin): \(message)", mayHaveArrived: false)))
    }

    var callCount: Int { underWay.count + waiting.count }

    func cancel(_ id: UInt64) {
        end(id, .cancelled, "the caller was cancelled")
    }

    private func end(_ id: UInt64, _ code: HTTPError.Code, _ message: String) {
        giveUp(id, code, message)
        guard let (_, transfer) = underWay[id] else { return }
        let outcome = transfer.aborted(code, message)
        multi.abort(transfer)
        finish(id, outcome)
    }

    func close() {
        guard !isClosed else { return }
        isClosed = true
        for id in waiting.keys.sorted() { giveUp(id, .closed, "the client was closed") }
        for id in underWay.keys.sorted() { end(id, .closed, "the client was closed") }
        multi.close()
    }

    /// Closes, and ends the thread: nothing may be asked of the session afterwards.
    func stop() {
        close()
        reactor.stop()
    }
}
