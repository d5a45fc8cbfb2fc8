import Commerce
import FoundationEssentials
import Store
import Testing
import Work

@testable import Workers

@Suite struct InstructionTests {
    /// For each instruction, what it makes of a part in each state. A state that is not named refuses it.
    static let legal: [FulfillmentInstruction: [FulfillmentState: FulfillmentState]] = [
        .accept: [.released: .accepted],
        .hold: [.released: .onHold, .accepted: .onHold],
        .resume: [.onHold: .accepted],
        .refuse: [.released: .cancelled, .accepted: .cancelled, .onHold: .cancelled, .cancellationRequested: .cancelled],
        .acceptCancellation: [.cancellationRequested: .cancelled],
        .refuseCancellation: [.cancellationRequested: .accepted],
    ]

    /// Where an instruction was followed already, or means nothing any more.
    static let repeated: [FulfillmentInstruction: Set<FulfillmentState>] = [
        .accept: [.accepted], .hold: [.onHold], .resume: [.accepted], .refuse: [.cancelled], .acceptCancellation: [.cancelled],
        .refuseCancellation: [.accepted, .onHold],
    ]

    @Test(arguments: FulfillmentInstruction.allCases.filter { $0 != .short }, FulfillmentState.allCases)
    func `every instruction is followed, known already or refused, by the table`(
        instruction: FulfillmentInstruction, state: FulfillmentState
    ) throws {
        var paid = PaidOrder(state, .released)
        let before = paid.order
        let decision = try paid.say(instruction)
        let after = paid.order.parts[0].state
        if let next = Self.legal[instruction]?[state] {
            #expect(after == next && state.mayBecome(next) && decision.effect?.changes.map(\.part.state) == [next])
            #expect(try paid.say(instruction).outcome == "duplicate")
        } else {
            let isRepeated = Self.repeated[instruction]?.contains(state) == true
            #expect(decision.outcome == (isRepeated ? "duplicate" : "refused: \(state.rawValue)"))
            #expect(decision.types == (isRepeated ? [] : ["instruction.refused"]))
            #expect(decision.effect == nil && paid.order == before)
        }
    }

    @Test(arguments: FulfillmentState.allCases)
    func `goods may leave from every state that lets them, in parts or all at once`(state: FulfillmentState) throws {
        var whole = PaidOrder(state)
        if state == .planned {
            #expect(throws: Setback.wait(.seconds(2), "the order is not paid")) { try whole.ship() }
            return
        }
        let open = whole.order.parts[0].lines[0].open
        let decision = try whole.ship()
        guard open > 0 else {
            #expect(decision.outcome == "refused: \(state.rawValue)" && decision.effect == nil)
            return
        }
        #expect(state.mayBecome(.shipped) && whole.order.parts[0].state == .shipped)
        #expect(decision.effect?.moves.first?.allocations.map(\.quantity) == [open])
        var parts = PaidOrder(state)
        let first = try parts.ship(0, "SF1", [Portion(line: 1, quantity: 1)])
        #expect(first.outcome == (open == 1 ? "shipped" : "partially_shipped"))
        #expect(try parts.ship(0, "SF1", [Portion(line: 1, quantity: 1)]).outcome == "duplicate")
        #expect(try parts.ship(0, "SF2", [Portion(line: 1, quantity: open)]).types == ["instruction.refused"])
        #expect(try parts.ship(0, "SF3", [Portion(line: 2, quantity: 1)]).types == ["instruction.refused"])
        if open > 1 { #expect(try parts.ship(0, "SF4").outcome == "shipped") }
        #expect(parts.order.parts[0].lines[0].shipped == 3)
    }

    @Test func `a part is delivered when its last parcel is`() throws {
        var paid = PaidOrder(.released)
        let parcels = [
            try paid.ship(0, "SF1", [Portion(line: 1, quantity: 1)]), try paid.ship(0, "SF2", [Portion(line: 1, quantity: 2)]),
        ]
        .compactMap { $0.effect?.departures.first }
        let words = parcels.map {
            Fulfillment.Input.delivered(
                ShipmentDelivered(reference: paid.reference, shipment: $0.id, fulfillment: $0.fulfillment, at: PaidOrder.now))
        }
        #expect(try paid.take(words[1]).outcome == "parcel_delivered")
        #expect(try paid.take(words[1]).outcome == "parcel_delivered")
        #expect(try paid.take(words[0]).outcome == "all_delivered")
        #expect(try paid.take(words[1]).outcome == "duplicate")
    }

    @Test(arguments: FulfillmentState.allCases)
    func `pieces that are missing are cancelled and given back, however often it is said`(state: FulfillmentState) throws {
        var paid = PaidOrder(state, .released)
        let before = paid.order
        let first = try paid.say(.short, portions: [Portion(line: 1, quantity: 1)])
        guard [.released, .accepted, .onHold, .partiallyShipped].contains(state) else {
            #expect(first.types == ["instruction.refused"] && first.effect == nil && paid.order == before)
            return
        }
        let refund = try RefundRequested(parsing: try #require(first.causes.first { $0.type == RefundRequested.type }).body)
        // A third of 2,900, rounded down; freight is for the parcel that still goes.
        #expect(first.outcome == "short" && refund.amount == 966 && refund.breakdown?.freight == 0)
        #expect(first.effect?.moves.map(\.kind) == [.release] && first.effect?.moves[0].allocations.map(\.quantity) == [1])
        #expect(paid.order.parts[0].state == state)
        #expect(try paid.say(.short, portions: [Portion(line: 1, quantity: 1)]).outcome == "duplicate")
        #expect(try paid.say(.short, portions: [Portion(line: 1, quantity: 4)]).types == ["instruction.refused"])
        if state == .partiallyShipped {
            #expect(try paid.say(.short, portions: [Portion(line: 1, quantity: 2)]).outcome == "short")
            // One is gone, two are cancelled; without a parcel on record, nothing more is known of it than that.
            #expect(paid.order.parts[0].lines[0].open == 0 && paid.order.parts[0].refunded == 1_933)
        } else {
            #expect(try paid.say(.short, portions: [Portion(line: 1, quantity: 3)]).outcome == "cancelled")
            #expect(paid.order.parts[0].refunded == 2_900)
        }
    }

    @Test func `what was missing of a part whose parcels have arrived is what its delivery waited for`() throws {
        var paid = PaidOrder(.released)
        let parcel = try #require(try paid.ship(0, "SF1", [Portion(line: 1, quantity: 2)]).effect?.departures.first)
        let word = ShipmentDelivered(reference: paid.reference, shipment: parcel.id, fulfillment: parcel.fulfillment, at: PaidOrder.now)
        #expect(try paid.take(.delivered(word)).outcome == "parcel_delivered")
        let short = try paid.say(.short, portions: [Portion(line: 1, quantity: 1)])
        #expect(paid.order.parts[0].state == .delivered && short.types.contains("confirmation.due"))
        let completed = try paid.take(.confirmationDue(ConfirmationDue(order: paid.reference.order)))
        #expect(try OrderCompleted(parsing: completed.causes[0].body).shares.map(\.gross) == [2_900 - 966])
    }

    @Test func `a waybill is corrected once, and neither the wrong nor the right one ships again`() throws {
        var paid = PaidOrder(.released)
        let parcel = try #require(try paid.ship(0, "SF1000").effect?.departures.first)
        let (order, part, merchant) = (paid.reference.order, paid.fulfillments[0], paid.merchants[0])
        func correct(_ wrong: String, _ right: String) -> Fulfillment.Input {
            .corrected(
                ShipmentCorrected(
                    order: order, fulfillment: part, merchant: merchant, wrongCarrier: "sf", wrongWaybill: wrong, carrier: "sf",
                    waybill: right))
        }
        #expect(try paid.take(correct("SF9", "SF2000")).types == ["instruction.refused"])
        let decision = try paid.take(correct("SF1000", "SF2000"))
        let dispatched = try ShipmentDispatched(parsing: try #require(decision.causes.first).body)
        #expect(decision.outcome == "corrected" && dispatched.shipment == parcel.id && dispatched.waybill == "SF2000")
        #expect(decision.effect?.corrections.map(\.waybill) == ["SF2000"])
        #expect(try paid.take(correct("SF1000", "SF2000")).outcome == "duplicate")
        #expect(try paid.ship(0, "SF1000").outcome == "duplicate" && paid.ship(0, "SF2000").outcome == "duplicate")
        paid.state.shipments[part]?[0].state = .delivered
        #expect(try paid.take(correct("SF2000", "SF3000")).types == ["instruction.refused"])
    }

    @Test func `another merchant's part can't be held`() throws {
        var paid = PaidOrder(.released)
        let word = FulfillmentInstructed(
            order: paid.reference.order, fulfillment: paid.fulfillments[0], merchant: UUID(), instruction: .hold, reason: "x")
        #expect(throws: Setback.dead("the fulfillment order is another merchant's")) { try paid.take(.instructed(word)) }
    }

    @Test func `an order that its merchants refuse is cancelled for that reason, and given back`() throws {
        var paid = PaidOrder(.accepted, .released)
        #expect(try !paid.say(.refuse, 0).types.contains("order.cancelled"))
        let last = try paid.say(.refuse, 1, "the oven broke")
        let cancelled = try OrderCancelled(parsing: try #require(last.causes.first { $0.type == OrderCancelled.type }).body)
        #expect(cancelled.reason == .refusedByMerchant && last.effect?.cancelled == .refusedByMerchant)
        let refund = try RefundRequested(parsing: try #require(last.causes.first { $0.type == RefundRequested.type }).body)
        #expect(refund.reason == .refusedByMerchant && refund.amount == 1_300)
        let told = try CancellationAnswered(parsing: try #require(last.causes.first { $0.type == CancellationAnswered.type }).body)
        #expect(told.reason == "the oven broke")
    }
}
