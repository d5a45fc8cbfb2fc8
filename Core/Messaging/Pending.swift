internal import Synchronization

/// An answer that someone waits for: given once, by whoever comes first, be it the connection's thread or the deadline.
final class Pending<Value: Sendable>: Sendable {
    typealias Outcome = Result<Value, MessagingError>

    let deadline: ContinuousClock.Instant
    /// What a waiter is told when the deadline passes.
    private let expiry: @Sendable () -> MessagingError
    private let continuation: Mutex<CheckedContinuation<Outcome, Never>?>

    init(
        _ continuation: CheckedContinuation<Outcome, Never>, deadline: ContinuousClock.Instant,
        expiry: @escaping @Sendable () -> MessagingError
    ) {
        self.deadline = deadline
        self.expiry = expiry
        self.continuation = Mutex(continuation)
    }

    /// Whether the answer was given.
    var isOver: Bool { continuation.withLock { $0 == nil } }

    func finish(_ outcome: Outcome) {
        let waiting = continuation.withLock { $0.take() }
        waiting?.resume(returning: outcome)
    }

    /// Gives up if the deadline has passed.
    func expire(now: ContinuousClock.Instant) {
        if deadline <= now { finish(.failure(expiry())) }
    }

    /// Waits for what `start` arranges, `timeout` at most: the deadline is kept by the watchdog, so it holds even while the
    /// connection's thread is stuck in a call.
    static func answer(
        within timeout: Duration, expiry: @escaping @Sendable () -> MessagingError, _ start: (Pending) -> Void
    ) async throws(MessagingError) -> Value {
        let outcome = await withCheckedContinuation { continuation in
            let pending = Pending(continuation, deadline: .now + timeout, expiry: expiry)
            Watchdog.shared.keep(pending)
            start(pending)
        }
        return try outcome.get()
    }
}
