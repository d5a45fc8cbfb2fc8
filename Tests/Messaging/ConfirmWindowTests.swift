import Testing

@testable import Messaging

@Suite struct `the confirm window` {
    final class Owner {
        let name: String
        var settled: [Int] = []
        init(_ name: String) { self.name = name }
    }

    private func settle(_ window: inout ConfirmWindow<Owner>, _ tag: UInt64, multiple: Bool = false) {
        window.settle(tag: tag, multiple: multiple) { $0.settled += Array($1) }
    }

    @Test func `tells whose publications a confirm settles, one by one or all up to a number`() {
        var window = ConfirmWindow<Owner>(capacity: 10)
        let (a, b) = (Owner("a"), Owner("b"))
        window.sent(a, 0..<3, at: .now)
        window.sent(b, 5..<8, at: .now)
        #expect(window.inFlight == 6)
        settle(&window, 2)
        #expect(a.settled == [1])
        settle(&window, 5, multiple: true)
        #expect(a.settled == [1, 0, 2])
        #expect(b.settled == [5, 6])
        settle(&window, 6)
        #expect(b.settled == [5, 6, 7])
        #expect(window.inFlight == 0)
        #expect(window.oldest == nil)
    }

    @Test func `does not count a confirm twice, nor one for what was never sent`() {
        var window = ConfirmWindow<Owner>(capacity: 10)
        let a = Owner("a")
        window.sent(a, 0..<3, at: .now)
        settle(&window, 2)
        settle(&window, 2)
        settle(&window, 0, multiple: true)
        settle(&window, 4)
        settle(&window, 9, multiple: true)
        #expect(a.settled == [1])
        settle(&window, 3, multiple: true)
        settle(&window, 3, multiple: true)
        #expect(a.settled == [1, 0, 2])
        #expect(window.inFlight == 0)
    }

    @Test func `never has room for more than its capacity`() {
        var window = ConfirmWindow<Owner>(capacity: 4)
        let a = Owner("a")
        window.sent(a, 0..<4, at: .now)
        #expect(window.room == 0)
        settle(&window, 3)
        #expect(window.room == 1)
        window.sent(a, 4..<5, at: .now)
        #expect(window.room == 0)
    }

    @Test func `one that stays unconfirmed holds up the others only after a good while`() {
        var window = ConfirmWindow<Owner>(capacity: 4)
        let a = Owner("a")
        window.sent(a, 0..<1, at: .now)
        var sent = 1
        while window.room > 0, sent < 1000 {
            window.sent(a, sent..<sent + 1, at: .now)
            sent += 1
            settle(&window, UInt64(sent))
        }
        #expect(sent == 64)
        settle(&window, 1)
        #expect(window.room == 4)
    }

    @Test func `finds what came back in the order of the publishes`() {
        var window = ConfirmWindow<Owner>(capacity: 10)
        let (a, b) = (Owner("a"), Owner("b"))
        window.sent(a, 0..<3, at: .now)
        window.sent(b, 0..<3, at: .now)
        // Two that look the same: the first return is the first one's.
        let first = window.returned { _, index in index == 1 }
        #expect(first?.owner === a && first?.index == 1)
        let second = window.returned { _, index in index == 1 }
        #expect(second?.owner === b && second?.index == 1)
        #expect(window.returned { _, index in index == 1 } == nil)
    }

    @Test func `forgets everything with its channel, and says who was under way`() {
        var window = ConfirmWindow<Owner>(capacity: 10)
        let (a, b) = (Owner("a"), Owner("b"))
        window.sent(a, 0..<3, at: .now)
        settle(&window, 3, multiple: true)
        window.sent(b, 0..<3, at: .now)
        settle(&window, 5)
        #expect(window.reset().map(\.name) == ["b"])
        #expect(window.inFlight == 0)
        window.sent(a, 7..<8, at: .now)
        settle(&window, 1)
        #expect(a.settled == [0, 1, 2, 7])
    }

    @Test func `agrees with a plain dictionary over a long random run`() {
        var generator = Seeded(state: 42)
        var window = ConfirmWindow<Owner>(capacity: 32)
        var plain: [UInt64: Int] = [:]
        let owner = Owner("a")
        var (next, tag) = (0, UInt64(1))
        for _ in 0..<20_000 {
            if Bool.random(using: &generator) {
                let count = min(Int.random(in: 1...9, using: &generator), window.room)
                window.sent(owner, next..<next + count, at: .now)
                for index in next..<next + count {
                    plain[tag] = index
                    tag += 1
                }
                next += count
            } else {
                let chosen = UInt64.random(in: (tag > 40 ? tag - 40 : 0)...tag, using: &generator)
                let multiple = Int.random(in: 0..<4, using: &generator) == 0
                owner.settled = []
                settle(&window, chosen, multiple: multiple)
                let settles = chosen >= tag ? [] : plain.keys.filter { multiple ? $0 <= chosen : $0 == chosen }
                #expect(owner.settled == settles.map { plain[$0]! }.sorted())
                for key in settles { plain[key] = nil }
            }
            #expect(window.inFlight == plain.count)
        }
    }
}

/// A reproducible source of chance (SplitMix64).
struct Seeded: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}
