import Commerce
import Database
import FoundationEssentials
import JSON
import Store
import Testing
import Work

@testable import Workers

@Suite struct PlacementTests {
    private typealias Made = OrdersForTests
    private let worker = Placement()

    private func state() -> PlacementState {
        var state = PlacementState()
        state.storefronts = [Made.storefront]
        state.commissions = [Made.merchants[0]: 500, Made.merchants[1]: 1_000]
        return state
    }

    private func decide(_ message: some Message, _ state: inout PlacementState, attempt: Int = 1) throws -> Decision<PlacementEffect> {
        let input = try worker.decode(message.encoded(), type: type(of: message).type)
        return try worker.decide(Made.received(input, type(of: message).type, attempt: attempt), (), &state)
    }

    private func cancellable(_ key: String, ended: OrderState? = nil, payment: PaymentState = .closed, held: Bool = true)
        -> Orders.Cancellable
    {
        Orders.Cancellable(reference: Made.terms(key).reference, ended: ended, payment: payment, isReserved: held)
    }

    // MARK: - Deciding

    @Test func `an order is placed with its number, its lines and its merchants' shares`() throws {
        var state = state()
        let decision = try decide(Made.submitted("k", skus: ["A", "B"]), &state)
        #expect(decision.outcome == "placed" && decision.types == ["order.placed"])
        let placed = try OrderPlaced(parsing: decision.causes[0].body)
        #expect(placed.terms == Made.terms("k", skus: ["A", "B"]))
        #expect(placed.lines == [Pieces(n: 1, sku: "A", quantity: 1), Pieces(n: 2, sku: "B", quantity: 1)])
        #expect(decision.effect?.placed?.value.terms == placed.terms)
    }

    @Test func `the same order again changes nothing, in the same batch or later`() throws {
        var state = state()
        _ = try decide(Made.submitted("k"), &state)
        for _ in 0..<2 {
            let again = try decide(Made.submitted("k"), &state)
            #expect(again.outcome == "duplicate" && again.effect == nil && again.causes.isEmpty)
        }
    }

    @Test func `another body under a key that was used is rejected and overwrites nothing`() throws {
        var state = state()
        state.digests[Made.submitted("k").order] = [UInt8](repeating: 9, count: 32)
        let decision = try decide(Made.submitted("k"), &state)
        #expect(decision.effect == nil && decision.types == ["order.rejected"])
        #expect(try OrderRejected(parsing: decision.causes[0].body).reason == .idempotencyConflict)
    }

    @Test func `an order that does not add up or whose parties are unknown is rejected with the place`() throws {
        var state = state()
        func rejection(_ submitted: OrderSubmitted) throws -> String {
            let decision = try decide(submitted, &state)
            #expect(decision.effect == nil)
            let rejected = try OrderRejected(parsing: decision.causes[0].body)
            return "\(rejected.reason.rawValue) \(rejected.pointer ?? "")"
        }
        var submitted = Made.submitted("k")
        submitted.total += 1
        #expect(try rejection(submitted) == "amounts /total")
        submitted = Made.submitted("k")
        submitted.lines[0].merchant = UUID()
        #expect(try rejection(submitted) == "unknown_merchant /lines/0/merchant")
        submitted.storefront = UUID()
        #expect(try rejection(submitted) == "unknown_storefront /storefront")
    }

    @Test func `a second attempt has another number, so a number that was taken holds nothing up`() throws {
        var (first, second) = (state(), state())
        let numbers = [try decide(Made.submitted("k"), &first), try decide(Made.submitted("k"), &second, attempt: 2)]
            .compactMap(\.effect?.placed?.value.terms.reference.number)
        #expect(numbers.count == 2 && numbers[0] != numbers[1])
    }

    @Test func `an order ends for every reason before it is paid, and once`() throws {
        let reference = Made.terms("k").reference
        let asked = OrderCancelRequested(order: reference.order, storefront: Made.storefront, reason: "", requestedAt: Made.now)
        let reasons: [(any Message, CancelReason)] = [
            (asked, .requested), (StockShort(reference: reference, skus: ["A"]), .outOfStock),
            (PaymentDeclined(reference: reference, reason: ""), .paymentDeclined),
            (PaymentExpired(reference: reference, reason: ""), .paymentExpired),
        ]
        for (message, reason) in reasons {
            var state = PlacementState()
            state.cancellable[reference.order] = cancellable("k")
            let decision = try decide(message, &state)
            #expect(decision.outcome == "cancelled")
            #expect(
                try OrderCancelled(parsing: decision.causes[0].body)
                    == OrderCancelled(reference: reference, reason: reason, wasReserved: true))
            let again = try decide(asked, &state)
            #expect(again.outcome == "already cancelled" && again.effect == nil && again.causes.isEmpty)
        }
    }

    @Test func `an order that is paid is not cancelled here but where it is shipped`() throws {
        let order = Made.terms("k").order
        let asked = OrderCancelRequested(order: order, storefront: Made.storefront, reason: "", requestedAt: Made.now)
        var state = PlacementState()
        state.cancellable[order] = cancellable("k", payment: .paid)
        let decision = try decide(asked, &state)
        #expect(decision.outcome == "paid: forwarded" && decision.effect == nil && decision.types == ["fulfillment.cancel_requested"])
        #expect(try FulfillmentCancelRequested(parsing: decision.causes[0].body).storefront == Made.storefront)
        state.cancellable[order] = cancellable("k", ended: .completed, payment: .paid)
        #expect(try decide(asked, &state).types == ["fulfillment.cancel_requested"])
        #expect(try decide(PaymentExpired(reference: Made.terms("k").reference, reason: ""), &state).outcome == "late: paid")
    }

    @Test func `nobody cancels another storefront's order`() throws {
        let order = Made.terms("k").order
        var state = PlacementState()
        state.cancellable[order] = cancellable("k")
        let decision = try decide(OrderCancelRequested(order: order, storefront: UUID(), reason: "", requestedAt: Made.now), &state)
        #expect(decision.outcome == "foreign" && decision.effect == nil)
    }

    @Test func `a request to cancel that overtook its order waits for it, but not for ever`() throws {
        let order = Made.submitted("k").order
        var state = state()
        func request(_ seconds: Double) -> OrderCancelRequested {
            OrderCancelRequested(
                order: order, storefront: Made.storefront, reason: "", requestedAt: Made.now.addingTimeInterval(-seconds))
        }
        #expect(throws: Setback.wait(.seconds(5), "the order is not there yet")) { try decide(request(1), &state) }
        #expect(try decide(request(601), &state).outcome == "unknown")
        _ = try decide(Made.submitted("k"), &state)
        #expect(throws: Setback.wait(.seconds(1), "the order is being placed")) { try decide(request(1), &state) }
    }

    @Test func `a body that is no order is refused with the place`() {
        let error = #expect(throws: JSONError.self) { try worker.decode(Array(#"{"order":"x"}"#.utf8), type: "order.submitted") }
        #expect(error?.pointer == "/order")
        #expect(throws: UnknownType.self) { try worker.decode(Array("{}".utf8), type: "order.paid") }
    }

    // MARK: - With the database

    @Test func `a batch stores each order once and refuses what contradicts what is stored`() async throws {
        let shop = try await ShopForTests()
        let first = try await shop.run(worker, [Made.submitted("a"), Made.submitted("b", skus: ["A", "B"]), Made.submitted("a")])
        #expect(first.map(\.outcome) == ["placed", "placed", "duplicate"])
        let second = try await shop.run(worker, [Made.submitted("b", skus: ["A", "B"]), Made.submitted("a", digest: 2)])
        #expect(second.map(\.outcome) == ["duplicate", "rejected: idempotency_conflict"])
        #expect(try await shop.count("select count(*) from orders") == 2)
        #expect(try await shop.count("select count(*) from fulfillment_orders") == 3)
        #expect(try await shop.count("select count(distinct placed_by) from orders") == 2)
    }

    @Test func `orders that several copies place at once are stored once`() async throws {
        let shop = try await ShopForTests(connections: 6)
        let orders = (0..<40).map { Made.submitted("k\($0)") }
        let outcomes = try await withThrowingTaskGroup(of: [String].self) { group in
            for _ in 0..<4 { group.addTask { try await shop.insist(worker, orders.shuffled()).map(\.outcome) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
        #expect(outcomes.filter { $0 == "placed" }.count == 40 && outcomes.filter { $0 == "duplicate" }.count == 120)
        #expect(try await shop.count("select count(*) from orders") == 40)
    }

    @Test func `a closed merchant or storefront takes no orders`() async throws {
        let shop = try await ShopForTests()
        try await shop.database.query("update merchants set closed_at = now()")
        #expect(try await shop.run(worker, [Made.submitted("a")]).map(\.outcome) == ["rejected: unknown_merchant"])
        try await shop.database.query("update storefronts set closed_at = now()")
        #expect(try await shop.run(worker, [Made.submitted("a")]).map(\.outcome) == ["rejected: unknown_storefront"])
    }

    @Test func `a cancelled order is closed to payment, one that is paid stays`() async throws {
        let shop = try await ShopForTests()
        try await shop.run(worker, [Made.submitted("a"), Made.submitted("b")])
        let paid = Made.terms("b")
        let payment = Payment(
            order: paid.order, state: .paid, method: .prepaid, currency: .cny, amount: paid.total, paidAmount: paid.total, paidAt: Made.now)
        try await shop.database.query(PaymentRows.insert([Stamped(payment, Stamp(message: UUID(), at: Made.now))]))
        let asked = ["a", "b", "a"].map {
            OrderCancelRequested(order: Made.terms($0).order, storefront: Made.storefront, reason: "", requestedAt: Made.now)
        }
        #expect(try await shop.run(worker, asked).map(\.outcome) == ["cancelled", "paid: forwarded", "already cancelled"])
        #expect(try await shop.texts("select state from order_states order by state") == ["cancelled", "paid"])
        #expect(try await shop.texts("select state from payments order by state") == ["closed", "paid"])
    }
}
