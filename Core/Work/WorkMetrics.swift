internal import Metrics
internal import Synchronization

/// What a worker measures, under one set of names.
///
/// `sluice_messages_total{worker,outcome}` · `sluice_step_seconds{worker,step}` · `sluice_batch_messages{worker}` ·
/// `sluice_setbacks_total{worker,kind}` · `sluice_pauses_total{worker}` · `sluice_halvings_total{worker}`
final class WorkMetrics: Sendable {
    enum Step: String, CaseIterable {
        case ask, load, decide, save, settle
    }

    private let worker: String
    private let steps: [Metrics.Timer]
    private let batches: Recorder
    private let pauses: Counter
    private let halvings: Counter
    private let outcomes = Mutex<[String: Counter]>([:])
    private let setbacks = Mutex<[String: Counter]>([:])

    init(worker: String) {
        self.worker = worker
        let dimensions = [("worker", worker)]
        steps = Step.allCases.map { Metrics.Timer(label: "sluice_step_seconds", dimensions: dimensions + [("step", $0.rawValue)]) }
        batches = Recorder(label: "sluice_batch_messages", dimensions: dimensions)
        pauses = Counter(label: "sluice_pauses_total", dimensions: dimensions)
        halvings = Counter(label: "sluice_halvings_total", dimensions: dimensions)
    }

    func took(_ step: Step, _ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        steps[Step.allCases.firstIndex(of: step)!].recordNanoseconds(seconds * 1_000_000_000 + attoseconds / 1_000_000_000)
    }

    func received(_ count: Int) { batches.record(count) }
    func paused() { pauses.increment() }
    func halved() { halvings.increment() }

    func done(_ entries: [JournalEntry]) {
        var counts: [String: Int] = [:]
        for entry in entries { counts[entry.outcome, default: 0] += 1 }
        for (outcome, count) in counts {
            counter(outcome, in: outcomes, "sluice_messages_total", "outcome").increment(by: count)
        }
    }

    func setBack(_ kind: String) {
        counter(kind, in: setbacks, "sluice_setbacks_total", "kind").increment()
    }

    private func counter(_ value: String, in cache: borrowing Mutex<[String: Counter]>, _ label: String, _ name: String) -> Counter {
        cache.withLock { counters in
            if let counter = counters[value] { return counter }
            let counter = Counter(label: label, dimensions: [("worker", worker), (name, value)])
            counters[value] = counter
            return counter
        }
    }
}
