internal import FoundationEssentials
internal import Messaging
internal import Topology

/// What settles a batch: the messages to publish, and the deliveries that may be acknowledged once those are confirmed. Pure.
struct Settlement: Sendable {
    private(set) var publications: [Publication] = []
    private(set) var deliveries: [Delivery] = []
    /// Why messages were put off or given up, for the log.
    private(set) var setbacks: [(envelope: Envelope, kind: String, reason: String)] = []

    private let topology: Topology
    private let queue: Queue
    private let now = Date()

    init(topology: Topology, queue: Queue) {
        self.topology = topology
        self.queue = queue
    }

    /// A message that was taken through the steps.
    mutating func add(_ envelope: Envelope, _ delivery: Delivery, _ disposition: Disposition) {
        switch disposition {
        case .left: return
        case .done(let outputs): publish(outputs, of: envelope)
        case .dead(let reason): bury(envelope, reason)
        case .later(let after, let attempt, let reason): putOff(envelope, after, attempt, reason)
        }
        deliveries.append(delivery)
    }

    /// A delivery that is no message of ours: it goes to the dead letters as it came.
    mutating func add(_ delivery: Delivery, _ error: EnvelopeError) {
        var properties = delivery.properties
        properties.headers = properties.headers.filter { !$0.name.hasPrefix("x-") } + graveHeaders(error.description)
        publications.append(
            Publication(exchange: "", routingKey: queue.deadLetterQueue, properties: properties, body: delivery.body))
        deliveries.append(delivery)
    }

    /// What of it was confirmed is forgotten; the rest is to be published again.
    mutating func confirm(_ confirmations: [Confirmation]) {
        publications = zip(publications, confirmations).filter { $1 != .confirmed }.map(\.0)
    }

    private mutating func publish(_ outputs: [Output], of envelope: Envelope) {
        for output in outputs where output.due == nil && topology.isHandled(output.type) {
            let child = Envelope(
                id: output.id, type: output.type, order: output.order, cause: envelope.id, publishedAt: now,
                traceparent: envelope.traceparent, body: output.body)
            publications.append(child.publication(exchange: topology.exchange))
        }
    }

    private mutating func putOff(_ envelope: Envelope, _ after: Duration?, _ attempt: Int, _ reason: String) {
        let ladder = queue.ladder
        if attempt > envelope.attempt, attempt > ladder.count + 1 {
            return bury(envelope, "gave up after \(envelope.attempt) attempts: \(reason)")
        }
        let rung = ladder[min(max(attempt - 2, 0), ladder.count - 1)]
        let delay = after.map { wanted in
            topology.delays.sorted { $0.duration < $1.duration }.first { $0.duration >= wanted }
                ?? topology.delays[topology.delays.count - 1]
        }
        var copy = envelope
        copy.attempt = attempt
        publications.append(copy.publication(exchange: (delay ?? rung).exchange, routingKey: queue.name, adding: []))
        setbacks.append((envelope, attempt > envelope.attempt ? "retry" : "wait", reason))
    }

    private mutating func bury(_ envelope: Envelope, _ reason: String) {
        publications.append(
            envelope.publication(exchange: "", routingKey: queue.deadLetterQueue, adding: graveHeaders(reason)))
        setbacks.append((envelope, "dead", reason))
    }

    private func graveHeaders(_ reason: String) -> [Header] {
        // All headers of a message have to fit into one frame.
        [Header("queue", .string(queue.name)), Header("reason", .string(String(reason.prefix(1_000))))]
    }
}
