import Support
import Synchronization
import Testing

@testable import Intake

@Suite struct FlightsTests {
    @Test func `what comes in while a flight is in the air leaves together`() async throws {
        let gate = Gate()
        let sizes = Mutex<[Int]>([])
        let flights = Flights<Int, Int>(size: 100, parallel: 1, waitingLimit: 1_000, overflow: -1) { items in
            sizes.withLock { $0.append(items.count) }
            await gate.pass()
            return items.map { $0 * 2 }
        }
        await withTaskGroup(of: Bool.self) { group in
            group.addTask { await flights.carry(0) == 0 }
            await gate.waitUntilSomebodyWaits()
            for item in 1...150 { group.addTask { await flights.carry(item) == item * 2 } }
            try? await eventually("all wait") { flights.waitingCount == 150 }
            gate.open()
            for await isRight in group { #expect(isRight) }
        }
        #expect(sizes.withLock { $0 } == [1, 100, 50])
    }

    @Test func `past the bound a caller is told at once`() async throws {
        let gate = Gate()
        let flights = Flights<Int, Int>(size: 1, parallel: 1, waitingLimit: 2, overflow: -1) { items in
            await gate.pass()
            return items
        }
        await withTaskGroup(of: Int.self) { group in
            group.addTask { await flights.carry(1) }
            await gate.waitUntilSomebodyWaits()
            group.addTask { await flights.carry(2) }
            group.addTask { await flights.carry(3) }
            try? await eventually("two wait") { flights.waitingCount == 2 }
            #expect(await flights.carry(4) == -1)
            gate.open()
            #expect(await group.reduce(into: []) { $0.append($1) }.sorted() == [1, 2, 3])
        }
    }

    @Test func `a deadline answers nil in time, although the work goes on`() async {
        let gate = Gate()
        let result = await Deadline.within(.milliseconds(20)) { () async -> Int in
            await gate.pass()
            return 1
        }
        #expect(result == nil)
        gate.open()
        #expect(await Deadline.within(.seconds(20)) { 2 } == 2)
    }
}

/// Holds tasks up until it is opened.
private final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func pass() async {
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }

    func waitUntilSomebodyWaits() async {
        try? await eventually("somebody waits") { state.withLock { !$0.waiting.isEmpty } }
    }
}
