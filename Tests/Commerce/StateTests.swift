import Commerce
import Testing

@Suite struct StateTests {
    private func check<S: State>(_ type: S.Type) {
        for state in S.allCases {
            #expect(S.transitions[state] != nil, "\(state) has no row in its table")
            #expect(!state.mayBecome(state), "\(state) follows itself")
            #expect(!state.name(in: .chinese).isEmpty && !state.name(in: .english).isEmpty)
            #expect(state.name(in: .chinese) != state.name(in: .english))
        }
        let reached = Set(S.transitions.values.joined())
        #expect(S.allCases.filter { !reached.contains($0) }.count == 1, "all but the first state can be reached")
        #expect(S.allCases.contains { $0.isFinal })
    }

    @Test func `every state is declared, has a name in both languages, and all but the first can be reached`() {
        check(OrderState.self)
        check(PaymentState.self)
        check(FulfillmentState.self)
        check(ShipmentState.self)
    }

    @Test func `an order can be cancelled until it ended, and one that ended stays as it is`() {
        #expect(OrderState.paid.mayBecome(.cancelled))
        #expect(OrderState.reserved.mayBecome(.cancelled))
        #expect(OrderState.cancelled.isFinal && OrderState.completed.isFinal)
        #expect(OrderState.placed.name(in: .chinese) == "已下单" && OrderState.reserved.name(in: .chinese) == "待付款")
    }

    @Test func `money that comes in for a closed payment can only go back`() {
        #expect(!PaymentState.closed.mayBecome(.paid))
        #expect(PaymentState.closed.mayBecome(.refundDue) && PaymentState.refundDue.mayBecome(.refunded))
    }
}
