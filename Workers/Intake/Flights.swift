internal import Synchronization

/// Groups what many callers hand in at once: while one flight is in the air, the next one fills.
///
/// A lone item leaves at once, so nobody waits for company; under load a flight carries what came in meanwhile, so that one
/// durable yes serves many.
final class Flights<Item: Sendable, Outcome: Sendable>: Sendable {
    private struct Waiting {
        let item: Item
        let continuation: CheckedContinuation<Outcome, Never>
    }

    private struct State {
        var waiting: [Waiting] = []
        var flying = 0
    }

    private let state = Mutex(State())
    private let size: Int
    private let parallel: Int
    private let waitingLimit: Int
    private let overflow: Outcome
    private let fly: @Sendable ([Item]) async -> [Outcome]

    /// - Parameters:
    ///   - size: items a flight carries at most.
    ///   - parallel: flights in the air at most.
    ///   - waitingLimit: items that may wait; those beyond get `overflow` at once.
    ///   - fly: carries a flight and returns one outcome an item, in order.
    init(size: Int, parallel: Int, waitingLimit: Int, overflow: Outcome, fly: @escaping @Sendable ([Item]) async -> [Outcome]) {
        self.size = size
        self.parallel = parallel
        self.waitingLimit = waitingLimit
        self.overflow = overflow
        self.fly = fly
    }

    /// Hands in an item and waits for what becomes of it.
    func carry(_ item: Item) async -> Outcome {
        await withCheckedContinuation { continuation in
            let isFull = state.withLock { state in
                guard state.waiting.count < waitingLimit else { return true }
                state.waiting.append(Waiting(item: item, continuation: continuation))
                return false
            }
            if isFull { return continuation.resume(returning: overflow) }
            guard let flight = state.withLock({ start(&$0) }) else { return }
            // On a task of its own: a caller that goes away must not take others' messages with it.
            Task { await run(flight) }
        }
    }

    /// Items that wait for a flight.
    var waitingCount: Int { state.withLock { $0.waiting.count } }

    private func start(_ state: inout State) -> [Waiting]? {
        guard state.flying < parallel, !state.waiting.isEmpty else { return nil }
        state.flying += 1
        return take(&state)
    }

    private func take(_ state: inout State) -> [Waiting] {
        guard state.waiting.count > size else {
            defer { state.waiting = [] }
            return state.waiting
        }
        defer { state.waiting.removeFirst(size) }
        return Array(state.waiting.prefix(size))
    }

    private func run(_ first: [Waiting]) async {
        var flight = first
        while !flight.isEmpty {
            let outcomes = await fly(flight.map(\.item))
            precondition(outcomes.count == flight.count, "a flight brought \(outcomes.count) outcomes for \(flight.count) items")
            for (waiting, outcome) in zip(flight, outcomes) { waiting.continuation.resume(returning: outcome) }
            flight = state.withLock { state in
                let next = take(&state)
                if next.isEmpty { state.flying -= 1 }
                return next
            }
        }
    }
}
