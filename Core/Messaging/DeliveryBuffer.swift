/// The deliveries of a subscription that nobody took yet, and those who wait for them. Pure; its size is bounded by the prefetch.
struct DeliveryBuffer<Waiter> {
    /// Someone who waits for a batch.
    private struct Request {
        let number: UInt64
        let limit: Int
        let linger: Duration
        let waiter: Waiter
    }

    /// What the owner is to do: hand these out, and look again at that time.
    struct Action {
        var batches: [(waiter: Waiter, deliveries: [Delivery])] = []
        var wakeAt: ContinuousClock.Instant?
    }

    /// How many lingers a batch that keeps growing may take: what flows is gathered, and nothing waits for long.
    static var lingers: Int { 5 }

    private var deliveries: [Delivery] = []
    /// When the oldest came, or a little later: a batch lingers no longer for that.
    private var since = ContinuousClock.now
    private var lastArrival = ContinuousClock.now
    private var requests: [Request] = []
    private(set) var isStopped = false

    /// How many wait to be taken.
    var count: Int { deliveries.count }

    /// Adds what arrived. Once stopped it is handed to nobody, and kept for ``drain()``.
    mutating func append(_ arrived: [Delivery], now: ContinuousClock.Instant) -> Action {
        guard !arrived.isEmpty else { return Action() }
        if deliveries.isEmpty {
            since = now
            deliveries = arrived
        } else {
            deliveries.append(contentsOf: arrived)
        }
        lastArrival = now
        return evaluate(now: now)
    }

    /// What can be taken without waiting, if the batch is full or has lingered, or the subscription is stopped.
    mutating func take(limit: Int, linger: Duration, now: ContinuousClock.Instant) -> [Delivery]? {
        if isStopped { return [] }
        guard requests.isEmpty, isDue(limit, linger, now) else { return nil }
        return remove(limit)
    }

    /// Waits for a batch.
    mutating func wait(
        number: UInt64, limit: Int, linger: Duration, waiter: Waiter, now: ContinuousClock.Instant
    ) -> Action {
        if isStopped { return Action(batches: [(waiter, [])]) }
        requests.append(Request(number: number, limit: limit, linger: linger, waiter: waiter))
        return evaluate(now: now)
    }

    /// Ends one wait; nil if it is over already.
    mutating func cancel(number: UInt64) -> Waiter? {
        guard let index = requests.firstIndex(where: { $0.number == number }) else { return nil }
        return requests.remove(at: index).waiter
    }

    /// Serves who can be served by now.
    mutating func evaluate(now: ContinuousClock.Instant) -> Action {
        var action = Action()
        while let request = requests.first, !deliveries.isEmpty {
            guard isDue(request.limit, request.linger, now) else {
                action.wakeAt = min(lastArrival + request.linger, since + request.linger * Self.lingers)
                break
            }
            requests.removeFirst()
            action.batches.append((request.waiter, remove(request.limit)))
        }
        return action
    }

    /// Ends all waits, now and later; returns those who waited.
    mutating func stop() -> [Waiter] {
        isStopped = true
        defer { requests = [] }
        return requests.map(\.waiter)
    }

    /// Empties it; returns what nobody took.
    mutating func drain() -> [Delivery] {
        defer { deliveries = [] }
        return deliveries
    }

    private func isDue(_ limit: Int, _ linger: Duration, _ now: ContinuousClock.Instant) -> Bool {
        !deliveries.isEmpty && (deliveries.count >= limit || now >= lastArrival + linger || now >= since + linger * Self.lingers)
    }

    private mutating func remove(_ limit: Int) -> [Delivery] {
        since = lastArrival
        if deliveries.count <= limit {
            defer { deliveries = [] }
            return deliveries
        }
        defer { deliveries.removeFirst(limit) }
        return Array(deliveries.prefix(limit))
    }
}
