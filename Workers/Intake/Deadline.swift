internal import Synchronization

/// Waits for something, but not for ever.
enum Deadline {
    /// What `body` returns, or nil where it takes longer than the limit. It then goes on by itself, and its result is dropped.
    static func within<Result: Sendable>(_ limit: Duration, _ body: @escaping @Sendable () async -> Result) async -> Result? {
        let once = Once<Result?>()
        return await withCheckedContinuation { continuation in
            once.keep(continuation)
            let timer = Task {
                try? await Task.sleep(for: limit)
                once.resume(nil)
            }
            Task {
                let result = await body()
                once.resume(result)
                timer.cancel()
            }
        }
    }

    /// A continuation that only the first to come resumes.
    private final class Once<Value: Sendable>: Sendable {
        private let continuation = Mutex<CheckedContinuation<Value, Never>?>(nil)

        func keep(_ continuation: CheckedContinuation<Value, Never>) { self.continuation.withLock { $0 = continuation } }

        func resume(_ value: Value) {
            let continuation = continuation.withLock { waiting in
                defer { waiting = nil }
                return waiting
            }
            continuation?.resume(returning: value)
        }
    }
}
