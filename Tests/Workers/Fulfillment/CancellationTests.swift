import Commerce
import FoundationEssentials
import Store
import Testing
import Work

@testable import Workers

/// A paid order of two merchants in memory: three pieces at 1,000 less a discount, and two at 500.
struct PaidOrder {
    let reference = someReference()
    let merchants = [UUID(), UUID()]
    let fulfillments = [UUID(), UUID()]
    var state = Fulfillment.State()
    let worker = Fulfillment(confirmationWindow: .seconds(3_600), answerWindow: .seconds(7_200))
    static let now = Date(milliseconds: 1_795_000_000_000)

    init(_ states: FulfillmentState...) {
        let lines = [
            [FulfillmentLine(n: 1, sku: "A", quantity: 3, unitPrice: 1_000)],
            [FulfillmentLine(n: 2, sku: "B", quantity: 2, unitPrice: 500)],
        ]
        let gross: [Int64] = [2_900, 1_000]
        let parts = states.enumerated().map { index, state in
            var lines = lines[index]
            if state == .shipped || state == .delivered { lines[0].shipped = lines[0].quantity }
            if state == .partiallyShipped { lines[0].shipped = 1 }
            if state == .cancelled { lines[0].cancelled = lines[0].quantity }
            return FulfillmentPart(
                id: fulfillments[index], merchant: merchants[index], state: state,
                share: Share(merchant: merchants[index], fulfillment: fulfillments[index], gross: gross[index], commissionBP: 500),
                lines: lines, note: state == .onHold ? "no boxes" : nil,
                request: state == .cancellationRequested ? FulfillmentPart.Request(message: reference.order, answerBy: Self.now) : nil)
        }
        state.orders[reference.order] = OrderToFulfill(
            reference: reference, currency: .cny, total: gross.prefix(parts.count).reduce(300, +), freight: 300, sealed: "", parts: parts)
        state.holdings[reference.order] = Stock.Holdings(
            parts.flatMap(\.lines).filter { $0.open > 0 }.map { Allocation(line: $0.n, sku: $0.sku, warehouse: "W", quantity: $0.open) })
    }

    var order: OrderToFulfill { state.orders[reference.order]! }

    mutating func take(_ input: Fulfillment.Input) throws -> Decision<Fulfillment.Effect> {
        try worker.decide(received(input, now: Self.now), (), &state)
    }

    mutating func say(
        _ instruction: FulfillmentInstruction, _ part: Int = 0, _ reason: String = "so", portions: [Portion]? = nil
    ) throws -> Decision<Fulfillment.Effect> {
        try take(
            .instructed(
                FulfillmentInstructed(
                    order: reference.order, fulfillment: fulfillments[part], merchant: merchants[part], instruction: instruction,
                    reason: reason, portions: portions)))
    }

    mutating func ship(_ part: Int = 0, _ waybill: String = "SF1000", _ portions: [Portion]? = nil) throws -> Decision<Fulfillment.Effect> {
        try take(
            .shipped(
                FulfillmentShipped(
                    order: reference.order, fulfillment: fulfillments[part], merchant: merchants[part], carrier: "sf", waybill: waybill,
                    at: Self.now, portions: portions)))
    }

    mutating func cancel(_ storefront: UUID? = nil) throws -> Decision<Fulfillment.Effect> {
        try take(
            .cancelRequested(
                FulfillmentCancelRequested(
                    order: reference.order, storefront: storefront ?? reference.storefront, reason: "changed my mind")))
    }
}

@Suite struct CancellationTests {
    private func refund(_ decision: Decision<Fulfillment.Effect>) throws -> RefundRequested {
        try RefundRequested(parsing: try #require(decision.causes.first { $0.type == RefundRequested.type }).body)
    }

    @Test func `what no merchant knows of is cancelled at once, and all of it given back`() throws {
        var paid = PaidOrder(.planned, .planned)
        let decision = try paid.cancel()
        #expect(decision.outcome == "cancelled")
        #expect(
            decision.types == [
                "cancellation.answered", "cancellation.answered", "stock.released", "refund.requested", "order.cancelled",
            ])
        let refund = try refund(decision)
        #expect(refund.amount == 4_200 && refund.paid == 4_200 && refund.breakdown?.freight == 300)
        #expect(refund.breakdown?.parts.map(\.gross) == [2_900, 1_000] && refund.breakdown?.parts.map(\.commission) == [145, 50])
        #expect(decision.effect?.refund?.id == refund.refund && decision.effect?.cancelled == .requested)
        #expect(decision.effect?.moves.first?.allocations.map(\.quantity) == [3, 2])
        #expect(try paid.cancel().outcome == "already cancelled")
        // The payment's word may come after all that.
        let late = try paid.take(
            .paid(
                OrderPaid(
                    terms: OrderTerms(
                        reference: paid.reference, currency: .cny, method: .prepaid, total: 4_200, freight: 300, shares: []), paidAt: Date()
                )))
        #expect(late.outcome == "cancelled" && late.effect == nil)
    }

    @Test func `a merchant who knows of its part is asked, and has its time`() throws {
        var paid = PaidOrder(.released, .planned)
        let decision = try paid.cancel()
        #expect(decision.outcome == "cancelled_and_asked")
        #expect(paid.order.parts.map(\.state) == [.cancellationRequested, .cancelled])
        let due = try #require(decision.causes.first { $0.type == CancellationDue.type })
        #expect(due.due == PaidOrder.now.addingTimeInterval(7_200))
        // Freight is kept as long as something may be shipped.
        #expect(try refund(decision).amount == 1_000)
        #expect(try paid.cancel().outcome == "already requested")
        let end = try paid.take(.cancellationDue(try CancellationDue(parsing: due.body)))
        #expect(end.outcome == "cancelled" && paid.order.ended == .cancelled)
        #expect(try refund(end).amount == 2_900 + 300)
        #expect(end.types.contains("fulfillment.cancelled") && end.types.contains("order.cancelled"))
        #expect(try paid.take(.cancellationDue(try CancellationDue(parsing: due.body))).outcome == "answered")
    }

    @Test func `a merchant's no keeps its part, and the time of an answered request means nothing`() throws {
        var paid = PaidOrder(.onHold)
        let asked = try paid.cancel()
        let due = try CancellationDue(parsing: try #require(asked.causes.first { $0.type == CancellationDue.type }).body)
        let no = try paid.say(.refuseCancellation)
        #expect(no.types == ["cancellation.answered"] && paid.order.parts[0].state == .onHold && paid.order.parts[0].note == "no boxes")
        #expect(try paid.cancel().outcome == "asked")
        #expect(try paid.take(.cancellationDue(due)).outcome == "answered")
        #expect(paid.order.parts[0].state == .cancellationRequested)
    }

    @Test func `what has left can't be cancelled, and the storefront is told; the rest can`() throws {
        var paid = PaidOrder(.shipped, .planned)
        let decision = try paid.cancel()
        #expect(decision.outcome == "cancelled" && paid.order.parts.map(\.state) == [.shipped, .cancelled] && paid.order.ended == nil)
        let answers = try decision.causes.filter { $0.type == CancellationAnswered.type }.map { try CancellationAnswered(parsing: $0.body) }
        #expect(answers.map(\.outcome) == [.refused, .cancelled] && answers.map(\.refunded) == [0, 1_000])
        #expect(try refund(decision).breakdown?.freight == 0)
        #expect(try paid.cancel().outcome == "refused: shipped")
    }

    @Test func `what is cancelled last lets the buyer's time to object begin where the rest has arrived`() throws {
        var paid = PaidOrder(.delivered, .released)
        let decision = try paid.say(.refuse, 1)
        #expect(decision.types.contains("confirmation.due") && !decision.types.contains("order.cancelled"))
        let completed = try paid.take(.confirmationDue(ConfirmationDue(order: paid.reference.order)))
        #expect(try OrderCompleted(parsing: completed.causes[0].body).shares.map(\.gross) == [2_900])
    }

    @Test func `another storefront cancels nothing`() throws {
        var paid = PaidOrder(.planned)
        #expect(try paid.cancel(UUID()).outcome == "foreign" && paid.order.parts[0].state == .planned)
    }

    @Test func `goods that left while the merchant was asked are gone, and the storefront is told`() throws {
        var paid = PaidOrder(.cancellationRequested)
        let decision = try paid.ship()
        #expect(decision.types == ["shipment.dispatched", "cancellation.answered"] && paid.order.parts[0].request == nil)
        #expect(try paid.say(.acceptCancellation).types == ["instruction.refused"])
    }

    @Test func `pieces that are cancelled one by one are worth together what the part is, whatever the rounding`() {
        var dice = Dice(7)
        for _ in 0..<500 {
            var lines = (1...Int64.random(in: 1...4, using: &dice)).map {
                FulfillmentLine(
                    n: $0, sku: "S", quantity: .random(in: 1...7, using: &dice), unitPrice: .random(in: 0...999, using: &dice))
            }
            let gross = Int64.random(in: 0...lines.reduce(0) { $0 + $1.quantity * $1.unitPrice }, using: &dice)
            var before: Int64 = 0
            while let index = lines.indices.filter({ lines[$0].open > 0 }).randomElement(using: &dice) {
                lines[index].cancelled += 1
                let worth = FulfillmentLine.worth(ofCancelled: lines, of: gross)
                #expect(before <= worth && worth <= gross)
                before = worth
            }
            #expect(before == gross)
        }
    }
}

private struct Dice: RandomNumberGenerator {
    private var state: UInt64
    init(_ seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
