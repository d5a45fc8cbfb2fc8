import Commerce
import FoundationEssentials
import Testing

private func event(_ atMS: Int64, code: String, text: String) -> TrackingEvent {
    TrackingEvent(at: Date(milliseconds: atMS), code: code, text: text)
}

@Suite struct TrackingTests {
    private static let journey = [
        event(1_000, code: "103", text: "已揽收"),
        event(2_000, code: "0", text: "在途"),
        event(2_000, code: "1001", text: "到达派件城市"),
        event(3_000, code: "206", text: "联系不上"),
        event(4_000, code: "5", text: "派件"),
        event(5_000, code: "301", text: "本人签收"),
    ]

    /// A small generator of its own, so that a failure names the seed that shows it again.
    private struct Seeded: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
    }

    private func permutations<Element>(_ elements: [Element]) -> [[Element]] {
        guard let first = elements.first else { return [[]] }
        return permutations(Array(elements.dropFirst())).flatMap { rest in
            (0...rest.count).map { Array(rest[..<$0]) + [first] + Array(rest[$0...]) }
        }
    }

    @Test func `every order of arrival leads to one history`() {
        var expected = TrackingHistory()
        _ = expected.merge(Self.journey)
        #expect(expected.state == .delivered)
        for order in permutations(Self.journey) {
            var history = TrackingHistory()
            for event in order { _ = history.merge([event]) }
            #expect(history == expected)
        }
    }

    @Test func `a parcel never moves backwards, whatever is reported`() {
        let codes = [
            "", "0", "1", "101", "102", "103", "1002", "2", "202", "203", "3", "304", "305", "4", "401", "5", "501", "6", "7", "8", "13",
            "14", "99",
        ]
        for seed in 0..<500 as Range<UInt64> {
            var random = Seeded(state: seed)
            let events = (0..<12).map { _ in
                event(.random(in: 0..<6, using: &random), code: codes.randomElement(using: &random)!, text: "")
            }
            var history = TrackingHistory()
            var before = history.state
            for event in events {
                _ = history.merge([event])
                #expect(history.state >= before, "seed \(seed)")
                before = history.state
            }
            var shuffled = TrackingHistory()
            for event in (events + events).shuffled(using: &random) { _ = shuffled.merge([event]) }
            #expect(shuffled == history, "seed \(seed)")
            #expect(shuffled.needsAttention == history.needsAttention, "seed \(seed)")
        }
    }

    @Test func `a history that was split, kept and joined is the one that never was`() {
        for seed in 0..<200 as Range<UInt64> {
            var random = Seeded(state: seed)
            let cut = Int.random(in: 0...Self.journey.count, using: &random)
            let order = Self.journey.shuffled(using: &random)
            var first = TrackingHistory()
            _ = first.merge(Array(order[..<cut]))
            var kept = TrackingHistory(floor: first.state, events: first.events)
            #expect(kept == first)
            let new = kept.merge(Self.journey)
            #expect(new.count == Self.journey.count - cut, "seed \(seed)")
            #expect(kept.state == .delivered)
        }
    }

    @Test func `only events that were not seen before are new`() {
        var history = TrackingHistory()
        #expect(history.merge([Self.journey[0], Self.journey[0]]).count == 1)
        #expect(history.merge(Array(Self.journey[0...1])) == [Self.journey[1]])
        let rewritten = event(1_000, code: "103", text: "a text the carrier rewrote")
        #expect(history.merge([rewritten]).isEmpty)
    }

    @Test func `a late scan of the van does not take a delivered parcel out again`() {
        var history = TrackingHistory()
        _ = history.merge([event(10, code: "3", text: "")])
        _ = history.merge([event(20, code: "5", text: "")])
        #expect(history.state == .delivered)
    }

    @Test func `what the buyer says stands, whatever the carrier says`() {
        var history = TrackingHistory(floor: .delivered)
        _ = history.merge([event(1, code: "0", text: "")])
        #expect(history.state == .delivered)
    }

    @Test func `a problem needs attention until something later happens or the journey ends`() {
        var history = TrackingHistory()
        _ = history.merge([event(10, code: "206", text: "")])
        #expect(history.needsAttention)
        #expect(history.state == .dispatched)
        _ = history.merge([event(5, code: "0", text: "")])
        #expect(history.needsAttention)
        _ = history.merge([event(20, code: "5", text: "")])
        #expect(!history.needsAttention)
        _ = history.merge([event(30, code: "203", text: ""), event(25, code: "3", text: "")])
        #expect(!history.needsAttention)
    }

    @Test func `a refused parcel comes back and the scans on its way do not deliver it`() {
        var history = TrackingHistory()
        _ = history.merge(["5", "14", "6", "0", "5"].enumerated().map { event(Int64($0), code: $1, text: "") })
        #expect(history.state == .returning)
        _ = history.merge([event(9, code: "4", text: "")])
        #expect(history.state == .returned)
        #expect(history.state.isOver)
    }

    @Test func `a history is bounded, and the event that ends the journey still gets in`() {
        var history = TrackingHistory()
        _ = history.merge((0..<10_000).map { event($0, code: "0", text: "") })
        #expect(history.events.count == TrackingHistory.limit)
        _ = history.merge([event(20_000, code: "3", text: "")])
        #expect(history.state == .delivered)
    }

    @Test(arguments: [
        ("101", ShipmentState.dispatched), ("1", .moving), ("103", .moving), ("1003", .moving), ("7", .moving), ("12", .moving),
        ("", .moving),
        ("501", .outForDelivery), ("6", .returning), ("14", .returning), ("401", .returned), ("303", .delivered), ("309", .delivered),
    ])
    func `codes are read as the carrier means them`(code: String, state: ShipmentState) {
        #expect(TrackingCode.meaning(of: code).reached == state)
    }
}
