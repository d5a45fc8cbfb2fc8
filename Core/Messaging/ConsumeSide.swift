internal import Logging
internal import Metrics
internal import Reactor
internal import Synchronization

/// The consuming connection: a channel for each subscription, and passing channels for declarations. It never publishes, so an
/// alarm in the broker does not block it.
final class ConsumeSide: ConnectionSide, LinkOwner {
    enum Command: Sendable {
        case subscribe(SubscriptionCore)
        /// Look at the buffer again then.
        case wake(SubscriptionCore, at: ContinuousClock.Instant)
        case settle(SubscriptionCore, [Delivery.Tag], Settlement)
        /// Give back what nobody took.
        case stop(SubscriptionCore, Pending<Void>)
        case perform(MethodSequence)
        case close(Pending<Void>?)
    }

    private let link: Link
    private let logger: Logger
    private var consumers: [ObjectIdentifier: Consumer] = [:]
    /// By channel number; channels without a consumer are free or in passing use.
    private var channels: [Consumer?] = [nil]
    private var passing: Set<UInt16> = []
    private var sessions: UInt64 = 0
    /// Sequences that wait for the connection.
    private var waiting: [MethodSequence] = []
    private var touched: [Consumer] = []

    private let delivered = Counter(label: "sluice_messages_delivered_total")

    init(_ link: Link, logger: Logger) {
        self.link = link
        self.logger = logger
        link.owner = self
    }

    func work(_ commands: [Command]) {
        link.turn {
            for command in commands { work(command) }
            caughtUp()
        }
    }

    private func work(_ command: Command) {
        switch command {
        case .subscribe(let core):
            let consumer = Consumer(core, link.configuration)
            consumers[ObjectIdentifier(core)] = consumer
            if link.isOpen { open(consumer) } else { link.start() }
        case .wake(let core, let time):
            if let consumer = consumers[ObjectIdentifier(core)] { wake(consumer, at: time) }
        case .settle(let core, let tags, let settlement):
            if let consumer = consumers[ObjectIdentifier(core)] { settle(consumer, tags, settlement) }
        case .stop(let core, let pending):
            guard let consumer = consumers[ObjectIdentifier(core)] else { return pending.finish(.success(())) }
            stop(consumer, pending)
        case .perform(let sequence):
            waiting.append(sequence)
            link.start()
            if link.isOpen { performWaiting() }
        case .close(let pending):
            link.close()
            for consumer in consumers.values {
                for waiter in consumer.core.buffer.withLock({ $0.stop() }) { waiter.resume(returning: []) }
                consumer.stopping?.finish(.success(()))
            }
            consumers = [:]
            for sequence in waiting { sequence.pending.finish(.failure(MessagingError(.closed, "the broker client was closed"))) }
            waiting = []
            pending?.finish(.success(()))
            link.reactor.stop()
        }
    }

    // MARK: - What happens on the link

    func opened() {
        for consumer in consumers.values { open(consumer) }
        performWaiting()
    }

    func received(_ event: Event) {
        switch event {
        case .delivered(let channel, let content):
            guard Int(channel) < channels.count, let consumer = channels[Int(channel)] else { return }
            if consumer.arrived.isEmpty { touched.append(consumer) }
            consumer.arrived(content)
        case .consumerCancelled(let channel):
            guard Int(channel) < channels.count, let consumer = channels[Int(channel)] else { return }
            // The queue was deleted or lost its leader. Consuming again on the same channel can kill it (rabbitmq-server #5927).
            logger.warning("the broker cancelled a consumer", metadata: ["queue": "\(consumer.core.queue)"])
            link.call(.closeChannel, channel: channel) { [weak self] reply in
                if case .success = reply { self?.channelClosed(channel, MessagingError(.refused, "cancelled by the broker")) }
            }
        default: break
        }
    }

    func caughtUp() {
        guard !touched.isEmpty else { return }
        let now = ContinuousClock.now
        let consumers = touched
        touched = []
        for consumer in consumers where !consumer.arrived.isEmpty {
            delivered.increment(by: Int64(consumer.arrived.count))
            let arrived = consumer.arrived
            consumer.arrived = []
            carryOut(consumer.core.buffer.withLock { $0.append(arrived, now: now) }, consumer)
        }
    }

    func channelClosed(_ channel: UInt16, _ error: MessagingError) {
        passing.remove(channel)
        guard Int(channel) < channels.count, let consumer = channels[Int(channel)] else { return }
        channels[Int(channel)] = nil
        closed(consumer)
        guard consumers[ObjectIdentifier(consumer.core)] != nil else { return }
        logger.warning(
            "a consumer's channel was closed", metadata: ["queue": "\(consumer.core.queue)", "reason": "\(error.message)"])
        consumer.reopening = link.reactor.schedule(after: consumer.backoff.next()) { [weak self] in
            guard let self else { return }
            consumer.reopening = nil
            link.turn { if link.isOpen { open(consumer) } }
        }
    }

    func lost(_ error: MessagingError) {
        channels = [nil]
        passing = []
        touched = []
        for consumer in consumers.values { closed(consumer) }
    }

    func unreachable(_ error: MessagingError) {}

    func tick(_ now: ContinuousClock.Instant) {}

    // MARK: - Consuming

    private func open(_ consumer: Consumer) {
        guard consumer.channel == nil, consumer.stopping == nil, consumers[ObjectIdentifier(consumer.core)] != nil else { return }
        if let timer = consumer.reopening { link.reactor.cancel(timer) }
        consumer.reopening = nil
        let channel = freeChannel()
        channels[Int(channel)] = consumer
        consumer.channel = channel
        consumer.isCancelled = false
        sessions += 1
        consumer.session = sessions
        link.call(.openChannel, channel: channel) { _ in }
        link.call(.qos(prefetch: consumer.core.prefetch), channel: channel) { _ in }
        link.call(.consume(queue: consumer.core.queue), channel: channel) { reply in
            guard case .success = reply else { return }
            consumer.backoff.reset()
            consumer.core.isConsuming.store(true, ordering: .releasing)
        }
    }

    private func freeChannel() -> UInt16 {
        var channel = 1
        while channel < channels.count, channels[channel] != nil || passing.contains(UInt16(channel)) { channel += 1 }
        if channel == channels.count { channels.append(nil) }
        return UInt16(channel)
    }

    private func settle(_ consumer: Consumer, _ tags: [Delivery.Tag], _ settlement: Settlement) {
        guard let channel = consumer.channel else { return }
        let steps = consumer.plan.settle(tags.filter { $0.session == consumer.session }.map(\.number))
        if steps.count > 1 { link.cork(true) }
        for step in steps { link.send(settlement.method(step), channel: channel) }
        if steps.count > 1 { link.cork(false) }
        closeIfDone(consumer)
    }

    private func stop(_ consumer: Consumer, _ pending: Pending<Void>) {
        guard let channel = consumer.channel, consumer.stopping == nil else {
            if consumer.channel == nil { forget(consumer) }
            return pending.finish(.success(()))
        }
        consumer.stopping = pending
        link.call(.cancelConsumer, channel: channel) { [weak self] reply in
            guard let self, case .success = reply else { return }
            // What came until now and was not taken goes back.
            consumer.core.isConsuming.store(false, ordering: .releasing)
            let untaken = consumer.core.buffer.withLock { $0.drain() } + consumer.arrived
            consumer.arrived = []
            consumer.isCancelled = true
            pending.finish(.success(()))
            settle(consumer, untaken.map(\.tag), .rejected(requeue: true))
        }
    }

    /// Ends the channel of a stopped subscription once everything that was taken is settled.
    private func closeIfDone(_ consumer: Consumer) {
        guard consumer.isCancelled, consumer.plan.outstanding == 0, let channel = consumer.channel else { return }
        consumer.channel = nil
        channels[Int(channel)] = nil
        passing.insert(channel)
        forget(consumer)
        link.call(.closeChannel, channel: channel) { [weak self] _ in self?.passing.remove(channel) }
    }

    private func closed(_ consumer: Consumer) {
        consumer.closed()
        if let stopping = consumer.stopping {
            stopping.finish(.success(()))
            forget(consumer)
        }
    }

    private func forget(_ consumer: Consumer) {
        consumers[ObjectIdentifier(consumer.core)] = nil
        for timer in [consumer.wakeup, consumer.reopening] { timer.map(link.reactor.cancel) }
    }

    private func carryOut(_ action: DeliveryBuffer<SubscriptionCore.Waiter>.Action, _ consumer: Consumer) {
        for batch in action.batches { batch.waiter.resume(returning: batch.deliveries) }
        if let time = action.wakeAt { wake(consumer, at: time) }
    }

    private func wake(_ consumer: Consumer, at time: ContinuousClock.Instant) {
        if let timer = consumer.wakeup { link.reactor.cancel(timer) }
        consumer.wakeup = link.reactor.schedule(after: max(.zero, time - .now)) { [weak self] in
            consumer.wakeup = nil
            self?.carryOut(consumer.core.buffer.withLock { $0.evaluate(now: .now) }, consumer)
        }
    }

    // MARK: - Declaring

    private func performWaiting() {
        let sequences = waiting
        waiting = []
        for sequence in sequences where !sequence.pending.isOver { perform(sequence) }
    }

    /// Sends all at once on a channel of its own: the broker does them in order and closes the channel at the first that it refuses.
    private func perform(_ sequence: MethodSequence) {
        let channel = freeChannel()
        passing.insert(channel)
        var replies: [Reply] = []
        link.call(.openChannel, channel: channel) { _ in }
        for method in sequence.methods {
            link.call(method, channel: channel) { reply in
                switch reply {
                case .success(let reply): replies.append(reply)
                case .failure(let error): sequence.pending.finish(.failure(error))
                }
            }
        }
        link.call(.closeChannel, channel: channel) { [weak self] reply in
            self?.passing.remove(channel)
            if case .success = reply { sequence.pending.finish(.success(replies)) }
        }
    }
}

/// Methods to be done one after another, and who waits for their answers.
struct MethodSequence: Sendable {
    let methods: [Method]
    let pending: Pending<[Reply]>
}
