internal import Glibc
internal import Synchronization

/// Sees to it that no C call on a connection lasts for ever: a call that takes too long finds its socket shut down by another thread.
///
/// librabbitmq may wait without bound when the peer is silent or takes no more bytes (rabbitmq-c #780, #519); a shut down socket frees it at once.
final class CallGuard: Sendable {
    private struct State {
        var descriptor: Int32 = -1
        var since: ContinuousClock.Instant?
    }

    private let state = Mutex(State())
    private let limit: Duration

    /// Watched from now on.
    init(limit: Duration) {
        self.limit = limit
        Watchdog.shared.keep(self)
    }

    /// From now on calls use this socket; -1 before it is closed, so that no other that gets its number is hit.
    func use(_ descriptor: Int32) { state.withLock { $0.descriptor = descriptor } }

    /// Runs C calls that may block.
    func watching<R, E: Error>(_ body: () throws(E) -> R) throws(E) -> R {
        state.withLock { $0.since = .now }
        defer { state.withLock { $0.since = nil } }
        return try body()
    }

    /// Shuts the socket down if the call under way is overdue. Called by the watchdog.
    func check(now: ContinuousClock.Instant) {
        state.withLock { state in
            guard let since = state.since, since + limit < now, state.descriptor >= 0 else { return }
            shutdown(state.descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Shuts the socket down whatever it is doing.
    func cut() {
        state.withLock { state in
            if state.descriptor >= 0 { shutdown(state.descriptor, Int32(SHUT_RDWR)) }
        }
    }
}
