public import Database
internal import FoundationEssentials
public import Logging
public import Messaging
public import ServiceLifecycle
internal import Synchronization
public import Topology
internal import Tracing

/// What a worker runs on.
public struct Workplace: Sendable {
    public let broker: Broker
    public let database: Database
    public let topology: Topology
    public let logger: Logger

    public init(broker: Broker, database: Database, topology: Topology, logger: Logger) {
        self.broker = broker
        self.database = database
        self.topology = topology
        self.logger = logger
    }
}

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
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                while true {
                    let deliveries = await subscription.next(limit: queue.batch, linger: queue.linger)
                    if deliveries.isEmpty { break }
                    await handle(deliveries, of: subscription)
                }
            } onGracefulShutdown: {
                stop(subscription)
            }
        } onCancel: {
            stop(subscription)
        }
    }

    private func stop(_ subscription: Subscription) {
        stopping.raise()
        // Only the source is stopped: the task that acknowledges goes on until its batch is settled.
        Task { await subscription.stop() }
    }

    private func handle(_ deliveries: [Delivery], of subscription: Subscription) async {
        metrics.received(deliveries.count)
        var settlement = Settlement(topology: place.topology, queue: queue)
        let groups = group(deliveries, &settlement)
        await withSpan("process \(queue.name)", ofKind: .consumer) { span in
            span.attributes["messaging.system"] = "rabbitmq"
            span.attributes["messaging.destination.name"] = queue.name
            span.attributes["messaging.batch.message_count"] = deliveries.count
            for group in groups {
                let mayRepeat = group.contains { $0.delivery.isRedelivered || $0.envelope.attempt > 1 }
                let dispositions = await run(group.map(\.envelope), mayRepeat: mayRepeat)
                for (one, disposition) in zip(group, dispositions) { settlement.add(one.envelope, one.delivery, disposition) }
            }
            let began = ContinuousClock.now
            await settle(settlement, of: subscription)
            metrics.took(.settle, ContinuousClock.now - began)
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

    /// Publishes what was caused and acknowledges the batch once all of it is confirmed. Does not give up while the process
    /// lives: what can't be published now holds the batch, and with it the worker, without charging any message.
    private func settle(_ settlement: Settlement, of subscription: Subscription) async {
        var settlement = settlement
        for setback in settlement.setbacks {
            metrics.setBack(setback.kind)
            logger.notice(
                "a message is put off",
                metadata: setback.envelope.metadata.merging(["kind": "\(setback.kind)", "reason": "\(setback.reason)"]) { $1 })
        }
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
            if stopping.isUp { return }
            try? await Task.sleep(for: pause.take())
        }
        await subscription.acknowledge(settlement.deliveries)
    }
}

/// Raised once, for good.
final class Flag: Sendable {
    private let state = Mutex(false)
    var isUp: Bool { state.withLock { $0 } }
    func raise() { state.withLock { $0 = true } }
}
