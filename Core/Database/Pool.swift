/// Who has which connection and who waits for one. Pure: members and waiters are numbers, each event returns what is to
/// be done about it.
struct Pool {
    enum Action: Equatable {
        /// Open a connection, no sooner than after the delay.
        case connect(Int, after: Duration)
        case hand(Int, to: Int)
        case close(Int)
        /// Tell these that there will be none.
        case refuse([Int])
        /// Closed, and the last member is gone.
        case drained
    }

    enum Lease: Equatable {
        case take(Int)
        case wait
        case refuse
    }

    /// The most tasks that may wait at once.
    static let maximumWaiters = 4096

    let capacity: Int
    /// Free, the one used last on top: the fewest connections stay warm.
    private(set) var idle: [Int] = []
    private(set) var leased: Set<Int> = []
    private(set) var connecting: Set<Int> = []
    /// In the order of their coming.
    private(set) var waiters: [Int] = []
    private(set) var isClosed = false
    /// Attempts to connect that failed in a row.
    private(set) var failures = 0
    private var notBefore: ContinuousClock.Instant?
    private var membersMade = 0

    init(capacity: Int) { self.capacity = capacity }

    var count: Int { idle.count + leased.count + connecting.count }

    /// A free connection, where there is one.
    mutating func leaseIdle() -> Int? {
        guard let member = idle.popLast() else { return nil }
        leased.insert(member)
        return member
    }

    /// A free connection, or a place in the queue.
    mutating func lease(for waiter: Int, now: ContinuousClock.Instant) -> (Lease, [Action]) {
        if isClosed { return (.refuse, []) }
        if let member = leaseIdle() { return (.take(member), []) }
        guard waiters.count < Pool.maximumWaiters else { return (.refuse, []) }
        waiters.append(waiter)
        return (.wait, grow(now: now))
    }

    mutating func connected(_ member: Int, now: ContinuousClock.Instant) -> [Action] {
        (failures, notBefore) = (0, nil)
        connecting.remove(member)
        if isClosed { return [.close(member)] + drained() }
        return [place(member)].compactMap(\.self) + grow(now: now)
    }

    /// Those who wait go on waiting: the server may be back before their time is up. `jitter` from 0 up to 1.
    mutating func connectFailed(_ member: Int, now: ContinuousClock.Instant, jitter: Double) -> [Action] {
        connecting.remove(member)
        failures += 1
        notBefore = now + Pool.backoff(failures, jitter: jitter)
        return isClosed ? drained() : grow(now: now)
    }

    /// Comes back from who had it. One that isn't good is thrown away.
    mutating func release(_ member: Int, isGood: Bool, now: ContinuousClock.Instant) -> [Action] {
        guard leased.remove(member) != nil else { return [] }
        if isGood, !isClosed { return [place(member)].compactMap(\.self) }
        return [.close(member)] + (isClosed ? drained() : grow(now: now))
    }

    /// It broke while it was free.
    mutating func lost(_ member: Int) -> [Action] {
        guard let index = idle.firstIndex(of: member) else { return [] }
        idle.remove(at: index)
        return [.close(member)]
    }

    /// Waits no longer. Returns whether it was still waiting.
    mutating func abandon(_ waiter: Int) -> Bool {
        guard let index = waiters.firstIndex(of: waiter) else { return false }
        waiters.remove(at: index)
        return true
    }

    mutating func close() -> [Action] {
        isClosed = true
        defer { (idle, waiters) = ([], []) }
        return [.refuse(waiters)] + idle.map { .close($0) } + drained()
    }

    private mutating func place(_ member: Int) -> Action? {
        guard !waiters.isEmpty else {
            idle.append(member)
            return nil
        }
        leased.insert(member)
        return .hand(member, to: waiters.removeFirst())
    }

    /// Opens as many as are waited for. While the server can't be reached, one attempt at a time.
    private mutating func grow(now: ContinuousClock.Instant) -> [Action] {
        var actions: [Action] = []
        while connecting.count < (failures == 0 ? waiters.count : min(waiters.count, 1)), count < capacity {
            membersMade += 1
            connecting.insert(membersMade)
            actions.append(.connect(membersMade, after: max(.zero, notBefore.map { $0 - now } ?? .zero)))
        }
        return actions
    }

    private func drained() -> [Action] { leased.isEmpty && connecting.isEmpty ? [.drained] : [] }

    /// 50 ms, doubling up to 2 s, of which up to a half is taken off by chance so that processes don't come in step.
    static func backoff(_ failures: Int, jitter: Double) -> Duration {
        let full = min(50.0 * Double(1 << min(failures - 1, 10)), 2000)
        return .milliseconds(full * (1 - jitter / 2))
    }
}
