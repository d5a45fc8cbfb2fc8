import Testing

@testable import Database

/// The pool's decisions, without a server.
struct PoolTests {
    let now = ContinuousClock.now

    @Test func `connections are opened as they are waited for, up to the bound`() {
        var pool = Pool(capacity: 2)
        #expect(pool.lease(for: 1, now: now) == (.wait, [.connect(1, after: .zero)]))
        #expect(pool.lease(for: 2, now: now) == (.wait, [.connect(2, after: .zero)]))
        #expect(pool.lease(for: 3, now: now) == (.wait, []))
        #expect(pool.count == 2)
    }

    @Test func `who came first is served first`() {
        var pool = Pool(capacity: 1)
        for waiter in 1...3 { _ = pool.lease(for: waiter, now: now) }
        #expect(pool.connected(1, now: now) == [.hand(1, to: 1)])
        #expect(pool.release(1, isGood: true, now: now) == [.hand(1, to: 2)])
        #expect(pool.release(1, isGood: true, now: now) == [.hand(1, to: 3)])
        #expect(pool.release(1, isGood: true, now: now) == [])
        #expect(pool.idle == [1])
    }

    @Test func `a waiter that gives up is passed over`() {
        var pool = Pool(capacity: 1)
        for waiter in 1...3 { _ = pool.lease(for: waiter, now: now) }
        let gaveUp = [pool.abandon(2), pool.abandon(2)]
        #expect(gaveUp == [true, false])
        #expect(pool.connected(1, now: now) == [.hand(1, to: 1)])
        #expect(pool.release(1, isGood: true, now: now) == [.hand(1, to: 3)])
        let wasServed = !pool.abandon(1)
        #expect(wasServed)
    }

    @Test func `a broken connection is thrown away and another opened for those who wait`() {
        var pool = Pool(capacity: 1)
        _ = pool.lease(for: 1, now: now)
        _ = pool.connected(1, now: now)
        _ = pool.lease(for: 2, now: now)
        #expect(pool.release(1, isGood: false, now: now) == [.close(1), .connect(2, after: .zero)])
        #expect(pool.connected(2, now: now) == [.hand(2, to: 2)])
    }

    @Test func `a connection lost while idle is never handed out`() {
        var pool = Pool(capacity: 1)
        _ = pool.lease(for: 1, now: now)
        _ = pool.connected(1, now: now)
        _ = pool.release(1, isGood: true, now: now)
        #expect(pool.lost(1) == [.close(1)])
        #expect(pool.lost(1) == [])
        #expect(pool.lease(for: 2, now: now) == (.wait, [.connect(2, after: .zero)]))
    }

    @Test func `attempts are made one at a time with growing pauses while the server is away`() {
        var pool = Pool(capacity: 4)
        for waiter in 1...3 { _ = pool.lease(for: waiter, now: now) }
        #expect(pool.connectFailed(1, now: now, jitter: 0) == [])
        #expect(pool.connectFailed(2, now: now, jitter: 0) == [])
        #expect(pool.connectFailed(3, now: now, jitter: 0) == [.connect(4, after: .milliseconds(200))])
        #expect(pool.connectFailed(4, now: now, jitter: 0) == [.connect(5, after: .milliseconds(400))])
        #expect(pool.lease(for: 4, now: now) == (.wait, []))
        // Back: all who wait get one.
        #expect(
            pool.connected(5, now: now) == [
                .hand(5, to: 1), .connect(6, after: .zero), .connect(7, after: .zero), .connect(8, after: .zero),
            ])
        #expect(Pool.backoff(1, jitter: 0) == .milliseconds(50))
        #expect(Pool.backoff(60, jitter: 0) == .seconds(2))
        #expect(Pool.backoff(60, jitter: 1) == .seconds(1))
    }

    @Test func `a pause that is over is not waited for again`() {
        var pool = Pool(capacity: 1)
        _ = pool.lease(for: 1, now: now)
        _ = pool.abandon(1)
        _ = pool.connectFailed(1, now: now, jitter: 0)
        #expect(pool.lease(for: 2, now: now + .seconds(60)) == (.wait, [.connect(2, after: .zero)]))
    }

    @Test func `closing refuses those who wait and ends the last connection when it comes back`() {
        var pool = Pool(capacity: 2)
        for waiter in 1...3 { _ = pool.lease(for: waiter, now: now) }
        _ = pool.connected(1, now: now)
        _ = pool.connected(2, now: now)
        _ = pool.release(2, isGood: false, now: now)
        #expect(pool.close() == [.refuse([3])])
        #expect(pool.lease(for: 4, now: now) == (.refuse, []))
        #expect(pool.connectFailed(3, now: now, jitter: 0) == [])
        #expect(pool.release(1, isGood: true, now: now) == [.close(1), .drained])
    }

    @Test func `the queue of waiters is bounded`() {
        var pool = Pool(capacity: 1)
        for waiter in 0..<Pool.maximumWaiters { _ = pool.lease(for: waiter, now: now) }
        #expect(pool.lease(for: -1, now: now) == (.refuse, []))
    }
}
