import Synchronization

/// What is to happen later: buyers who will pay, notifications to repeat, parcels on their way.
///
/// A wheel of ticks rather than a task and a timer for each: some hundred thousand may be waiting.
final class Agenda: Sendable {
    typealias Action = @Sendable () async -> Void

    private struct Wheel {
        var slots: [Int: [Action]] = [:]
        /// Due, but with too many under way already.
        var due: [Action] = []
        var turned = 0
        var waiting = 0
        var running = 0
        var refused = 0
    }

    /// How many may wait; one more is dropped and counted.
    static let limit = 1_000_000
    /// How many may be under way at once.
    static let width = 512
    private static let tick = Duration.milliseconds(20)

    private let began = ContinuousClock.now
    private let wheel = Mutex(Wheel())

    /// How many wait, and how many were dropped because too many did.
    var load: (waiting: Int, refused: Int) { wheel.withLock { ($0.waiting, $0.refused) } }

    func schedule(after delay: Duration, _ action: @escaping Action) {
        let number = self.number(of: ContinuousClock.now + max(delay, .zero)) + 1
        wheel.withLock { wheel in
            guard wheel.waiting < Self.limit else {
                wheel.refused += 1
                return
            }
            wheel.waiting += 1
            wheel.slots[max(number, wheel.turned + 1), default: []].append(action)
        }
    }

    /// Does what is due until its task is cancelled.
    func run() async {
        await withDiscardingTaskGroup { group in
            while !Task.isCancelled {
                for action in take() {
                    group.addTask {
                        await action()
                        self.wheel.withLock { $0.running -= 1 }
                    }
                }
                try? await ContinuousClock().sleep(for: Self.tick)
            }
            group.cancelAll()
        }
    }

    private func take() -> [Action] {
        let now = number(of: ContinuousClock.now)
        return wheel.withLock { wheel in
            while wheel.turned < now {
                wheel.turned += 1
                if let slot = wheel.slots.removeValue(forKey: wheel.turned) { wheel.due += slot }
            }
            let count = min(wheel.due.count, Self.width - wheel.running)
            guard count > 0 else { return [] }
            let actions = Array(wheel.due[..<count])
            wheel.due.removeFirst(count)
            wheel.waiting -= count
            wheel.running += count
            return actions
        }
    }

    private func number(of instant: ContinuousClock.Instant) -> Int { Int((instant - began) / Self.tick) }
}
