internal import Reactor
internal import Synchronization

/// A thread that only watches: it ends waits whose deadline has passed, and C calls that take too long.
///
/// The connections' own threads can't: a thread that is stuck in a call fires no timers.
final class Watchdog: Sendable {
    static let shared = Watchdog()

    /// How often it looks: deadlines are kept to this.
    static let interval = Duration.milliseconds(50)

    /// Something with a deadline; says whether it is over, and forgotten then.
    private typealias Check = @Sendable (ContinuousClock.Instant) -> Bool

    private struct State {
        var checks: [Check] = []
        var isRunning = false
    }

    private let state = Mutex(State())
    private let reactor = Reactor(name: "amqp-watchdog")

    /// Watches an answer until it is given.
    func keep<Value>(_ pending: Pending<Value>) {
        add { now in
            pending.expire(now: now)
            return pending.isOver
        }
    }

    /// Watches a connection's calls for as long as someone else holds the guard.
    func keep(_ callGuard: CallGuard) {
        add { [weak callGuard] now in
            callGuard?.check(now: now)
            return callGuard == nil
        }
    }

    private func add(_ check: @escaping Check) {
        let mustStart = state.withLock { state in
            state.checks.append(check)
            defer { state.isRunning = true }
            return !state.isRunning
        }
        if mustStart { Task { await Round(self).begin() } }
    }

    /// The watchdog's turn on its thread.
    private actor Round {
        nonisolated let watchdog: Watchdog
        nonisolated var unownedExecutor: UnownedSerialExecutor { watchdog.reactor.asUnownedSerialExecutor() }

        init(_ watchdog: Watchdog) { self.watchdog = watchdog }

        func begin() { watchdog.round() }
    }

    /// Looks at everything once, and comes again if anything is left. On the reactor's thread.
    private func round() {
        let checks = state.withLock { state in
            defer { state.checks = [] }
            return state.checks
        }
        let now = ContinuousClock.now
        let left = checks.filter { !$0(now) }
        let isRunning = state.withLock { state in
            state.checks.insert(contentsOf: left, at: 0)
            state.isRunning = !state.checks.isEmpty
            return state.isRunning
        }
        if isRunning { reactor.schedule(after: Watchdog.interval) { [self] in round() } }
    }
}
