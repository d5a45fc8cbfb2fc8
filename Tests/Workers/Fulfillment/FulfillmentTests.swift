import Commerce
import Database
import FoundationEssentials
import Store
import Testing
import Work

@testable import Workers

@Suite struct FulfillmentTests {
    private let worker = Fulfillment(confirmationWindow: .seconds(3600))

    private func paid(_ terms: OrderTerms) -> Received<Fulfillment.Input> {
        received(.paid(OrderPaid(terms: terms, paidAt: Date())))
    }

    private func shipped(
        _ terms: OrderTerms, _ part: Int = 0, waybill: String = "YT1000", merchant: UUID? = nil, age: Duration = .zero
    ) -> Received<Fulfillment.Input> {
        let share = terms.shares[part]
        return received(
            .shipped(
                FulfillmentShipped(
                    order: terms.order, fulfillment: share.fulfillment, merchant: merchant ?? share.merchant, carrier: "yuantong",
                    waybill: waybill, at: Date())), age: age)
    }

    private func delivered(_ decision: Decision<Fulfillment.Effect>) throws -> Received<Fulfillment.Input> {
        let dispatched = try ShipmentDispatched(parsing: try #require(decision.causes.first).body)
        return received(
            .delivered(
                ShipmentDelivered(
                    reference: dispatched.reference, shipment: dispatched.shipment, fulfillment: dispatched.fulfillment, at: Date())))
    }

    private func state(of terms: OrderTerms, _ premises: Premises) async throws -> [String] {
        try await premises.text("SELECT state FROM fulfillment_orders WHERE order_id = $1 ORDER BY id", .uuid(terms.order))
    }

    @Test func `a paid order's merchants are told to ship, each once, with the address still sealed`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order(merchants: 2)
        let decisions = try await premises.run(worker, [paid(terms), paid(terms)])
        #expect(decisions.map(\.outcome) == ["released", "duplicate"])
        let released = try decisions[0].causes.map { try FulfillmentReleased(parsing: $0.body) }
        #expect(Set(released.map(\.merchant)) == Set(terms.shares.map(\.merchant)))
        #expect(released.allSatisfy { $0.sealed?.hasPrefix("s1.") == true && $0.lines.count == 1 && $0.region == "北京" })
        #expect(try await state(of: terms, premises) == ["released", "released"])
        #expect(try await premises.run(worker, [paid(terms)]).map(\.outcome) == ["duplicate"])
    }

    @Test func `what ships leaves the stock once, however often the merchant says so`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order(merchants: 2)
        try await premises.run(worker, [paid(terms)])
        let decisions = try await premises.run(worker, [shipped(terms), shipped(terms)])
        #expect(decisions.map(\.outcome) == ["shipped", "duplicate"])
        #expect(try await premises.run(worker, [shipped(terms)]).map(\.outcome) == ["duplicate"])
        let stock = try await premises.text("SELECT concat_ws(' ', sku, available, reserved, shipped) FROM stock ORDER BY sku")
        #expect(stock == ["SKU-0 8 0 2", "SKU-1 8 2 0"])
        #expect(try await premises.text("SELECT sku FROM stock_discrepancies").isEmpty)
        #expect(try await premises.text("SELECT state FROM shipments") == ["dispatched"])
        let by = try await premises.text("SELECT dispatched_by::text FROM shipments")
        #expect(by.count == 1)
    }

    @Test func `an order goes from paid to completed, all in one batch`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let first = try await premises.run(worker, [paid(terms), shipped(terms)])
        #expect(first.map(\.outcome) == ["released", "shipped"])
        let second = try await premises.run(worker, [try delivered(first[1]), try delivered(first[1])])
        #expect(second.map(\.outcome) == ["all_delivered", "duplicate"])
        let due = try #require(second[0].causes.first)
        #expect(due.type == ConfirmationDue.type)
        #expect(try #require(due.due).timeIntervalSinceNow > 3_500)
        let confirmation = received(Fulfillment.Input.confirmationDue(ConfirmationDue(order: terms.order)))
        let third = try await premises.run(worker, [confirmation, confirmation])
        #expect(third.map(\.outcome) == ["completed", "late"])
        let completed = try OrderCompleted(parsing: try #require(third[0].causes.first).body)
        #expect(completed.shares == terms.shares)
        #expect(try await premises.text("SELECT state FROM order_states") == ["completed"])
    }

    @Test func `the buyer's time to object begins when the last of several parcels has arrived`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order(merchants: 2)
        let decisions = try await premises.run(worker, [paid(terms), shipped(terms, 0), shipped(terms, 1, waybill: "YT2000")])
        let first = try await premises.run(worker, [try delivered(decisions[1])])
        #expect(first.map(\.outcome) == ["delivered"])
        #expect(first[0].causes.isEmpty)
        #expect(try await premises.run(worker, [try delivered(decisions[2])]).map(\.outcome) == ["all_delivered"])
    }

    @Test func `the buyer's word completes what was shipped, and nothing else`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order(merchants: 2)
        let word = received(Fulfillment.Input.received(OrderReceived(order: terms.order, storefront: terms.reference.storefront)))
        try await premises.run(worker, [paid(terms), shipped(terms, 0)])
        #expect(try await premises.run(worker, [word]).map(\.outcome) == ["not_shipped"])
        let last = try await premises.run(worker, [shipped(terms, 1, waybill: "YT2000"), word, word])
        #expect(last.map(\.outcome) == ["shipped", "completed", "late"])
        #expect(try await premises.text("SELECT state FROM shipments") == ["delivered", "delivered"])
        #expect(try await state(of: terms, premises) == ["delivered", "delivered"])
        #expect(try await premises.run(worker, [try delivered(last[0])]).map(\.outcome) == ["duplicate"])
    }

    @Test func `another storefront's word completes nothing`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let word = received(Fulfillment.Input.received(OrderReceived(order: terms.order, storefront: UUID())))
        try await premises.run(worker, [paid(terms), shipped(terms)])
        await #expect(throws: Setback.dead("the order is another storefront's")) { try await premises.run(worker, [word]) }
    }

    @Test func `a merchant's word that comes before the payment's waits, but not for ever`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order(isPaid: false)
        await #expect(throws: Setback.wait(.seconds(2), "the order is not paid")) { try await premises.run(worker, [shipped(terms)]) }
        await #expect(throws: Setback.dead("the order is not paid")) {
            try await premises.run(worker, [shipped(terms, age: .seconds(301))])
        }
        #expect(try await premises.text("SELECT kind FROM stock_moves WHERE kind = 'ship'").isEmpty)
    }

    @Test func `what a merchant may not ship does not leave`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        try await premises.run(worker, [paid(terms)])
        await #expect(throws: Setback.dead("the fulfillment order is another merchant's")) {
            try await premises.run(worker, [shipped(terms, merchant: UUID())])
        }
        try await premises.run(worker, [shipped(terms)])
        let again = try await premises.run(worker, [shipped(terms, waybill: "YT2000")])
        #expect(again.map(\.outcome) == ["refused: shipped"] && again[0].causes.map(\.type) == ["instruction.refused"])
        let bare = try await premises.order(isReserved: false)
        try await premises.run(worker, [paid(bare)])
        await #expect(throws: Setback.dead("no stock is reserved for every line")) { try await premises.run(worker, [shipped(bare)]) }
        let unknown = received(Fulfillment.Input.confirmationDue(ConfirmationDue(order: UUID())))
        await #expect(throws: Setback.wait(.seconds(2), "the order is not known here")) { try await premises.run(worker, [unknown]) }
    }

    @Test func `what was cancelled is not shipped`() throws {
        let reference = someReference()
        let (fulfillment, merchant) = (UUID(), UUID())
        let part = FulfillmentPart(
            id: fulfillment, merchant: merchant, state: .cancelled,
            share: Share(merchant: merchant, fulfillment: fulfillment, gross: 1, commissionBP: 0),
            lines: [FulfillmentLine(n: 1, sku: "A", quantity: 1, unitPrice: 1)])
        var state = Fulfillment.State(
            orders: [
                reference.order: OrderToFulfill(reference: reference, currency: .cny, sealed: "", ended: .cancelled, parts: [part])
            ])
        let message = received(
            Fulfillment.Input.shipped(
                FulfillmentShipped(
                    order: reference.order, fulfillment: fulfillment, merchant: merchant, carrier: "yuantong", waybill: "YT1", at: Date())))
        #expect(try worker.decide(message, (), &state).outcome == "refused: cancelled")
    }
}
