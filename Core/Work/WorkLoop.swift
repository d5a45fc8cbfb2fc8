internal import FoundationEssentials
internal import Logging
internal import Messaging
public import ServiceLifecycle
public import Topology
internal import Tracing

/// Runs a worker on its queue: takes a batch, has it done, settles it, until it is told to stop.
///
/// Stopping has two phases. First no more is taken, and the batch in hand is finished. What isn't finished when the process
/// ends was not acknowledged: the broker delivers it again, and the journal makes that harmless.
public struct WorkLoop<W: Worker>: Service {
    private let queue: Queue
    private let place: Workplace
    private let run: BatchRun<W>
    private let metrics: WorkMetrics
    private let logger: Logger
    private let publisher: Publisher
    private let stopping: Flag

    /// How many times a message may have come back before it is handled alone: it may be what kills the process.
    static var suspicionAfter: Int { 3 }

    public init(_ worker: W, queue: Queue, place: Workplace) {
        var logger = place.logger
        logger[metadataKey: "worker"] = "\(queue.name)"
        let stopping = Flag()
        self.queue = queue
        self.place = place
        self.logger = logger
        self.stopping = stopping
        metrics = WorkMetrics(worker: queue.name)
        publisher = place.broker.publisher()
        run = BatchRun(
            worker: worker, name: queue.name, database: place.database, circuits: CircuitBoard(), metrics: metrics, logger: logger,
            isStopping: { stopping.isUp })
    }

    /// Works until the process is told to shut down gracefully, or the task is cancelled.
    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<max(1, queue.parallel) { group.addTask { await work() } }
        }
    }

    private func work() async {
        let subscription = place.broker.subscribe(to: queue.name, prefetch: queue.prefetch)
        let station = Station(subscription: subscription, limit: queue.batch, linger: queue.linger, stopping: stopping)
        await station.run { deliveries in await handle(deliveries) }
    }

    /// Returns what may be acknowledged.
    private func handle(_ deliveries: [Delivery]) async -> [Delivery] {
        metrics.received(deliveries.count)
        var settlement = Settlement(topology: place.topology, queue: queue)
        let groups = group(deliveries, &settlement)
        return await withSpan("process \(queue.name)", ofKind: .consumer) { span in
            span.attributes["messaging.system"] = "rabbitmq"
            span.attributes["messaging.destination.name"] = queue.name
            span.attributes["messaging.batch.message_count"] = deliveries.count
            for group in groups {
                let mayRepeat = group.contains { $0.delivery.isRedelivered || $0.envelope.attempt > 1 }
                let dispositions = await run(group.map(\.envelope), mayRepeat: mayRepeat)
                for (one, disposition) in zip(group, dispositions) { settlement.add(one.envelope, one.delivery, disposition) }
            }
            let began = ContinuousClock.now
            let isSettled = await publish(settlement)
            metrics.took(.settle, ContinuousClock.now - began)
            return isSettled ? settlement.deliveries : []
        }
    }

    private typealias Member = (envelope: Envelope, delivery: Delivery)

    /// Parts a batch into what is handled together: first the ordinary messages, each id once; then, alone, every message
    /// that came back often; then what came twice in this batch.
    private func group(_ deliveries: [Delivery], _ settlement: inout Settlement) -> [[Member]] {
        var ordinary: [Member] = []
        var alone: [[Member]] = []
        var ids: Set<UUID> = []
        for delivery in deliveries {
            do throws(EnvelopeError) {
                let envelope = try Envelope(delivery)
                let isNew = ids.insert(envelope.id).inserted
                if isNew, delivery.deliveryCount < Self.suspicionAfter {
                    ordinary.append((envelope, delivery))
                } else {
                    alone.append([(envelope, delivery)])
                }
            } catch {
                logger.error("a delivery is no message", metadata: ["reason": "\(error)"])
                settlement.add(delivery, error)
            }
        }
        return (ordinary.isEmpty ? [] : [ordinary]) + alone
    }

    /// Publishes what the batch caused and awaits the confirms. Does not give up while the process lives: what can't be
    /// published now holds the batch, and with it the worker, without charging any message. Returns whether all is confirmed.
    private func publish(_ settlement: Settlement) async -> Bool {
        for setback in settlement.setbacks {
            metrics.setBack(setback.kind)
            let metadata: Logger.Metadata = ["kind": "\(setback.kind)", "reason": "\(setback.reason)"]
            logger.notice("a message is put off", metadata: setback.envelope.metadata.merging(metadata) { $1 })
        }
        var settlement = settlement
        var pause = Pause()
        while !settlement.publications.isEmpty {
            do {
                let confirmations = try await publisher.publish(settlement.publications)
                if let refused = zip(settlement.publications, confirmations).first(where: { $1 != .confirmed }) {
                    let key = refused.0.routingKey
                    logger.error("a message found no queue, or a full one", metadata: ["routing_key": "\(key)", "answer": "\(refused.1)"])
                }
                settlement.confirm(confirmations)
            } catch {
                logger.warning("the broker takes no messages: waiting", metadata: ["error": "\(error)"])
            }
            guard !settlement.publications.isEmpty else { break }
            metrics.paused()
            if stopping.isUp { return false }
            try? await Task.sleep(for: pause.take())
        }
        return true
    }
}
