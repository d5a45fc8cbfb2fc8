internal import Synchronization

/// A state that one thread writes and any may read.
final class StateBox: Sendable {
    private let state = Mutex(BrokerState())

    var value: BrokerState { state.withLock { $0 } }

    func change(_ body: (inout BrokerState) -> Void) {
        state.withLock { body(&$0) }
    }
}
