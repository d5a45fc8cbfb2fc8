internal import FoundationEssentials
internal import Synchronization

/// The orders accepted lately by this process, with a digest of what was submitted: a repeat is answered at once, and a key
/// that comes with another body is refused at once. Bounded; what has been forgotten is recognised when it is placed.
final class RecentOrders: Sendable {
    /// What a submission was: the first half of the SHA-256 of its body.
    struct Digest: Sendable, Equatable {
        let high: UInt64
        let low: UInt64

        init(_ bytes: [UInt8]) {
            high = bytes[..<8].reduce(0) { $0 << 8 | UInt64($1) }
            low = bytes[8..<16].reduce(0) { $0 << 8 | UInt64($1) }
        }
    }

    struct Entry: Sendable {
        let digest: Digest
        let storefront: UUID
    }

    /// Orders remembered: between one and two times this many.
    static let generation = 50_000

    private struct State {
        var newer: [UUID: Entry] = [:]
        var older: [UUID: Entry] = [:]
    }

    private let state = Mutex(State())

    func entry(of order: UUID) -> Entry? {
        state.withLock { $0.newer[order] ?? $0.older[order] }
    }

    /// Remembers an order, once there is a durable yes for it.
    func remember(_ order: UUID, _ entry: Entry) {
        state.withLock { state in
            if state.newer.count >= Self.generation {
                state.older = state.newer
                state.newer = [:]
            }
            state.newer[order] = entry
        }
    }
}
