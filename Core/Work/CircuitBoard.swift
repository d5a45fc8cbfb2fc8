internal import Synchronization

/// The circuits of one worker, shared by its loops.
final class CircuitBoard: Sendable {
    private let circuits = Mutex(Circuits())

    /// How long a message for the party has to wait; nil if it may be asked for now.
    func admit(_ party: String) -> Duration? {
        circuits.withLock { $0.admit(party, at: .now) }
    }

    /// Returns whether the party is back after it was away.
    func succeeded(_ party: String) -> Bool {
        circuits.withLock { $0.succeeded(party) }
    }

    /// Returns whether the party counts as away from now on.
    func failed(_ party: String) -> Bool {
        circuits.withLock { $0.failed(party, at: .now) }
    }
}
