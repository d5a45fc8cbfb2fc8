internal import Dispatch
internal import Glibc
internal import Synchronization

/// Turns Ctrl-C, SIGTERM and a closed terminal into something to wait for. A second Ctrl-C ends the process at once; its
/// children and servers hang on pipes that end with it.
final class StopSignal: Sendable {
    private struct State {
        var isUp = false
        var waiters: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())
    // Set when it is made, and never touched again: held so that they go on.
    private nonisolated(unsafe) let sources: [any DispatchSourceSignal]

    init() {
        let queue = DispatchQueue(label: "signals")
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            return DispatchSource.makeSignalSource(signal: number, queue: queue)
        }
        for source in sources {
            source.setEventHandler { [weak self] in self?.raise() }
            source.resume()
        }
    }

    var isUp: Bool { state.withLock { $0.isUp } }

    private func raise() {
        let waiters = state.withLock { state -> [CheckedContinuation<Void, Never>]? in
            if state.isUp { return nil }
            state.isUp = true
            defer { state.waiters = [] }
            return state.waiters
        }
        guard let waiters else { _exit(130) }
        for waiter in waiters { waiter.resume() }
    }

    /// Waits for a signal. Does not return before one came, also where the task is cancelled.
    func wait() async {
        await withCheckedContinuation { continuation in
            let isUp = state.withLock { state in
                if !state.isUp { state.waiters.append(continuation) }
                return state.isUp
            }
            if isUp { continuation.resume() }
        }
    }

    /// Runs `body`, cancelling it when a signal comes.
    /// - Returns: nil if a signal came first.
    func interrupting<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws -> Result? {
        let task = Task { try await body() }
        let watcher = Task {
            await wait()
            task.cancel()
        }
        defer { watcher.cancel() }
        do {
            return try await task.value
        } catch {
            if isUp { return nil }
            throw error
        }
    }
}
