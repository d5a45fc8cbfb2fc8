import Testing

@testable import Messaging

@Suite struct `the settlement plan` {
    typealias Step = SettlementPlan.Step

    private func plan(delivered: UInt64) -> SettlementPlan {
        var plan = SettlementPlan()
        for tag in 1...delivered { plan.delivered(tag) }
        return plan
    }

    @Test func `settles a batch in order with one frame`() {
        var plan = plan(delivered: 600)
        #expect(plan.settle(Array(1...256)) == [Step(tag: 256, multiple: true)])
        #expect(plan.settle(Array(257...512)) == [Step(tag: 512, multiple: true)])
        #expect(plan.outstanding == 88)
    }

    @Test func `never settles what is not meant`() {
        var plan = plan(delivered: 10)
        #expect(plan.settle([2, 3]) == [Step(tag: 2, multiple: false), Step(tag: 3, multiple: false)])
        #expect(plan.settle([5]) == [Step(tag: 5, multiple: false)])
        // 2 and 3 are settled: up to 4 all is meant now.
        #expect(plan.settle([1, 4]) == [Step(tag: 4, multiple: true)])
        #expect(plan.settle([6]) == [Step(tag: 6, multiple: false)])
        #expect(plan.outstanding == 4)
    }

    @Test func `says nothing of what is settled already or was never delivered`() {
        var plan = plan(delivered: 3)
        #expect(plan.settle([1]) == [Step(tag: 1, multiple: false)])
        #expect(plan.settle([1]) == [])
        #expect(plan.settle([3, 3]) == [Step(tag: 3, multiple: false)])
        #expect(plan.settle([3]) == [])
        #expect(plan.settle([0, 4, 99]) == [])
        #expect(plan.settle([]) == [])
        #expect(plan.outstanding == 1)
    }

    @Test func `means exactly the same to a broker as one frame for each, over a long random run`() {
        var generator = Seeded(state: 7)
        var plan = SettlementPlan()
        var unsettled: Set<UInt64> = []
        var highest: UInt64 = 0
        for _ in 0..<5_000 {
            for _ in 0..<Int.random(in: 0...12, using: &generator) {
                highest += 1
                plan.delivered(highest)
                unsettled.insert(highest)
            }
            let chosen = unsettled.sorted().prefix(20).filter { _ in Int.random(in: 0..<3, using: &generator) > 0 }
            var broker = unsettled
            for step in plan.settle(chosen.shuffled(using: &generator)) {
                // The broker closes the channel at a tag that it does not know.
                #expect(broker.contains(step.tag))
                broker = broker.filter { step.multiple ? $0 > step.tag : $0 != step.tag }
            }
            unsettled.subtract(chosen)
            #expect(broker == unsettled)
            #expect(plan.outstanding == unsettled.count)
        }
    }
}
