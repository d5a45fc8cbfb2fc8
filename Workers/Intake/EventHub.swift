internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Logging
internal import ServiceLifecycle
internal import Store
internal import Synchronization

/// Feeds all streams of orders' events: one query a tick brings what is new to every order that somebody watches, and none is
/// asked while nobody does.
final class EventHub: Service {
    /// How often it looks.
    static let interval: Duration = .milliseconds(500)
    /// How often a silent stream is told that it lives.
    static let heartbeat: Duration = .seconds(10)
    /// How long a stream lives: who still wants it comes back with `Last-Event-ID`, and with a key that is still good.
    static let lifetime: Duration = .seconds(900)
    /// Streams at once; and those of one storefront.
    static let limit = 1_000
    static let storefrontLimit = 200
    /// Orders that one query asks for.
    static let portion = 250
    /// How far back a look goes behind the one before: longer than a batch may take to be committed.
    static let overlap: TimeInterval = 60

    private struct Stream {
        let order: UUID
        let storefront: UUID
        let continuation: AsyncStream<[UInt8]>.Continuation
        /// The event after which to begin; it is forgotten once the past was told.
        let after: UUID?
        let opened = ContinuousClock.now
        var spoken = ContinuousClock.now
        var sent: Set<UUID> = []
        /// Until when everything was told; nil before the first look.
        var since: Date?
    }

    private struct State {
        var streams: [Int: Stream] = [:]
        var count = 0
        var isEnding = false
    }

    private let access: Access
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let state = Mutex(State())

    init(access: Access, logger: Logger, now: @escaping @Sendable () -> Date) {
        self.access = access
        self.logger = logger
        self.now = now
    }

    func run() async throws {
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.look()
                try await Task.sleep(for: Self.interval)
            }
        }
        // The server waits for what it has begun to answer, and these never end by themselves.
        let streams = state.withLock { state in
            state.isEnding = true
            defer { state.streams = [:] }
            return state.streams
        }
        for stream in streams.values { stream.continuation.finish() }
    }

    /// How many streams there are.
    var count: Int { state.withLock { $0.streams.count } }

    /// A stream of an order's events, the past ones first; nil where there are too many streams.
    /// - Parameter after: the event after which to begin; where it is nil or not known, all are told.
    func stream(of order: UUID, for storefront: UUID, after: UUID?) -> AsyncStream<[UInt8]>? {
        // More than an order has events: who reads nothing for so long begins anew.
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream(bufferingPolicy: .bufferingOldest(256))
        let number: Int? = state.withLock { state in
            guard !state.isEnding, state.streams.count < Self.limit,
                state.streams.values.count(where: { $0.storefront == storefront }) < Self.storefrontLimit
            else { return nil }
            state.count += 1
            state.streams[state.count] = Stream(order: order, storefront: storefront, continuation: continuation, after: after)
            return state.count
        }
        guard let number else { return nil }
        continuation.onTermination = { [weak self] _ in self?.remove(number) }
        continuation.yield(Array("retry: 2000\n: the events of \(order.text)\n\n".utf8))
        return stream
    }

    private func remove(_ number: Int) {
        // Taken out under the lock, dropped outside: its end may call back.
        let stream = state.withLock { $0.streams.removeValue(forKey: number) }
        _ = stream
    }

    // MARK: - A look

    private func look() async {
        let streams = state.withLock { $0.streams }
        guard !streams.isEmpty else { return }
        let begun = now()
        var since: [UUID: Date] = [:]
        for stream in streams.values {
            let from = stream.since ?? .distantPast
            since[stream.order] = min(since[stream.order] ?? .distantFuture, from)
        }
        let watched = since.map { (order: $0.key, since: $0.value) }
        for start in stride(from: 0, to: watched.count, by: Self.portion) {
            let portion = Array(watched[start..<min(start + Self.portion, watched.count)])
            let access = access
            let entries = await Deadline.within(.seconds(5)) { try? await access.feed(portion) }
            guard let entries = entries ?? nil else {
                logger.debug("the events of watched orders could not be read")
                continue
            }
            let events = Dictionary(grouping: entries, by: \.order).mapValues { $0.compactMap(OrderEvent.init) }
            let orders = Set(portion.map(\.order))
            for (number, stream) in streams where orders.contains(stream.order) {
                tell(events[stream.order] ?? [], to: number, begun)
            }
        }
        keepAlive()
    }

    private func tell(_ events: [OrderEvent], to number: Int, _ begun: Date) {
        let isOver = state.withLock { state -> AsyncStream<[UInt8]>.Continuation? in
            guard var stream = state.streams[number] else { return nil }
            if stream.since == nil, let after = stream.after, let index = events.firstIndex(where: { $0.id == after }) {
                stream.sent.formUnion(events[...index].map(\.id))
            }
            var isOver = false
            for event in events where stream.sent.insert(event.id).inserted {
                if case .dropped = stream.continuation.yield(event.text) { isOver = true }
                isOver = isOver || event.isLast
                stream.spoken = .now
            }
            stream.since = begun.addingTimeInterval(-Self.overlap)
            state.streams[number] = stream
            return isOver ? stream.continuation : nil
        }
        isOver?.finish()
    }

    private func keepAlive() {
        let now = ContinuousClock.now
        let old = state.withLock { state in
            for (number, stream) in state.streams where now - stream.spoken >= Self.heartbeat {
                stream.continuation.yield(Array(":\n\n".utf8))
                state.streams[number]?.spoken = now
            }
            return state.streams.values.filter { now - $0.opened >= Self.lifetime }.map(\.continuation)
        }
        for continuation in old { continuation.finish() }
    }
}
