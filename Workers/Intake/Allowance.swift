internal import Synchronization

/// How many of something there may be at once.
final class Allowance: Sendable {
    /// One of them: gives its place back when nobody holds it any more.
    final class Permit: Sendable {
        private let allowance: Allowance

        fileprivate init(_ allowance: Allowance) {
            self.allowance = allowance
        }

        deinit { allowance.used.withLock { $0 -= 1 } }
    }

    private let limit: Int
    private let used = Mutex(0)

    init(_ limit: Int) {
        self.limit = limit
    }

    /// A place, or nil where all are taken.
    func permit() -> Permit? {
        let isFree = used.withLock { used in
            guard used < limit else { return false }
            used += 1
            return true
        }
        return isFree ? Permit(self) : nil
    }
}
