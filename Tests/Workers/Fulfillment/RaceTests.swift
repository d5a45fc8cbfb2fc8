import Commerce
import Database
import FoundationEssentials
import JSON
import Store
import Testing
import Work

@testable import Workers

/// What is paid, shipped and cancelled at the same moment comes to one end. Each of 200 orders, in batches that overlap.
@Suite(.serialized) struct RaceTests {
    private typealias Made = OrdersForTests
    private static let count = 200

    private func submitted(_ key: String, method: PaymentMethod = .prepaid) -> OrderSubmitted {
        var submitted = Made.submitted(key, skus: ["A", "B"], quantity: 3)
        submitted.method = method
        return submitted
    }

    private func orders(_ mill: Mill, method: PaymentMethod = .prepaid) async throws -> [UUID] {
        let made = (0..<Self.count).map { submitted("k\($0)", method: method) }
        try await mill.grind(made.map { Cause(from: $0, order: $0.order) }, portion: 256)
        return made.map(\.order)
    }

    private func shop(_ name: String) async throws -> ShopForTests {
        try await ShopForTests(name, stock: ["A": 10_000, "B": 10_000], connections: 6)
    }

    private func cancel(_ order: UUID) -> Cause {
        Cause(from: OrderCancelRequested(order: order, storefront: Made.storefront, reason: "", requestedAt: Made.now), order: order)
    }

    private func ship(_ order: UUID) -> Cause {
        let id = OrderID.fulfillment(order: order, merchant: Made.merchants[0])
        return Cause(
            from: FulfillmentShipped(
                order: order, fulfillment: id, merchant: Made.merchants[0], carrier: "sf", waybill: "SF-\(order.text)", at: Made.now),
            order: order)
    }

    private func agree(_ order: UUID) -> Cause {
        let id = OrderID.fulfillment(order: order, merchant: Made.merchants[0])
        return Cause(
            from: FulfillmentInstructed(
                order: order, fulfillment: id, merchant: Made.merchants[0], instruction: .acceptCancellation, reason: ""),
            order: order)
    }

    /// Lets several mills grind at once. What is due later comes back from all of them.
    private func race(_ mill: Mill, _ sides: [[Cause]]) async throws -> [Cause] {
        try await withThrowingTaskGroup(of: [Cause].self) { group in
            for side in sides { group.addTask { try await mill.grind(side, portion: 8) } }
            return try await group.reduce(into: []) { $0 += $1 }
        }
    }

    @Test func `a parcel and a cancellation come to one end: gone and kept, or let go and given back`() async throws {
        let mill = Mill(try await shop("race_ship"))
        let orders = try await orders(mill)
        var later = try await race(mill, [orders.prefix(60).map(ship), orders.shuffled().map(cancel)])
        later += try await race(mill, [orders.shuffled().map(ship), orders.shuffled().map(agree), orders.shuffled().map(ship)])
        // Who has not answered agrees.
        try await mill.grind(later.filter { $0.type == CancellationDue.type })
        #expect(try await mill.offences() == [])
        let shipped = try await mill.shop.count("select count(*) from fulfillment_orders where state = 'shipped'")
        let cancelled = try await mill.shop.count("select count(*) from orders where ended = 'cancelled'")
        #expect(shipped + cancelled == Int64(Self.count) && shipped >= 1)
        #expect(try await mill.shop.count("select count(*) from fulfillment_orders where state not in ('shipped', 'cancelled')") == 0)
        // Goods of 3,000 a part; freight goes back where nothing was shipped.
        let back = try await mill.shop.count("select sum(amount)::int8 from refunds where state = 'settled'")
        #expect(back == shipped * 3_000 + cancelled * 6_500)
        #expect(
            try await mill.shop.count("select -sum(amount)::int8 from ledger_entries where kind = 'refunded' and account like 'clearing:%'")
                == back)
    }

    @Test func `a payment and a cancellation come to one end: nothing kept, nothing held`() async throws {
        let mill = Mill(try await shop("race_pay"))
        let orders = try await orders(mill, method: .wechat)
        let paying = orders.shuffled().map { order in
            Cause(
                from: PaymentNotified(
                    provider: "wechat", outTradeNo: TradeNumber.of(order), order: order, transactionID: "42", amount: 6_500,
                    currency: "CNY", state: .success, at: Made.now), order: order)
        }
        let later = try await race(mill, [paying, orders.shuffled().map(cancel), paying.shuffled()])
        try await mill.grind(later.filter { $0.type == CancellationDue.type })
        #expect(try await mill.offences() == [])
        #expect(try await mill.shop.count("select count(*) from orders where ended = 'cancelled'") == Int64(Self.count))
        #expect(try await mill.shop.count("select count(*) from payments where state = 'refunded'") == Int64(Self.count))
        #expect(
            try await mill.shop.count("select sum(amount)::int8 from refunds where state = 'settled'") == Int64(Self.count) * 6_500)
        #expect(try await mill.shop.count("select sum(available)::int8 from stock") == 20_000)
    }

    @Test func `two cancellations give back once`() async throws {
        let mill = Mill(try await shop("race_cancel"))
        let orders = try await orders(mill)
        // Some merchants know of their part by then, some do not.
        try await mill.shop.database.query(
            "update fulfillment_orders set state = 'planned' where order_id < '80000000-0000-0000-0000-000000000000'")
        let later = try await race(mill, [orders.shuffled().map(cancel), orders.shuffled().map(cancel)])
        let due = later.filter { $0.type == CancellationDue.type }
        _ = try await race(mill, [due.shuffled(), due.shuffled() + orders.map(agree)])
        #expect(try await mill.offences() == [])
        #expect(
            try await mill.shop.count("select count(*) from orders where ended = 'cancelled' and ended_reason = 'requested'")
                == Int64(Self.count))
        #expect(try await mill.shop.count("select sum(amount)::int8 from refunds") == Int64(Self.count) * 6_500)
        #expect(try await mill.shop.count("select count(*) from payments where state = 'refunded'") == Int64(Self.count))
        #expect(try await mill.shop.count("select count(*) from account_balances where balance <> 0") == 0)
        #expect(try await mill.shop.count("select sum(available)::int8 from stock") == 20_000)
    }

    @Test func `an order that is shipped in parts, short, corrected and half refused ends complete, with every piece counted`() async throws
    {
        let mill = Mill(try await shop("parts"))
        let submitted = submitted("k")
        try await mill.grind([Cause(from: submitted, order: submitted.order)])
        let (order, merchants) = (submitted.order, Made.merchants)
        let parts = merchants.map { OrderID.fulfillment(order: order, merchant: $0) }
        func ship(_ waybill: String, _ quantity: Int64) -> Cause {
            Cause(
                from: FulfillmentShipped(
                    order: order, fulfillment: parts[0], merchant: merchants[0], carrier: "sf", waybill: waybill, at: Made.now,
                    portions: [Portion(line: 1, quantity: quantity)]), order: order)
        }
        func say(_ instruction: FulfillmentInstruction, _ part: Int, _ portions: [Portion]? = nil) -> Cause {
            Cause(
                from: FulfillmentInstructed(
                    order: order, fulfillment: parts[part], merchant: merchants[part], instruction: instruction, reason: "so",
                    portions: portions), order: order)
        }
        let correction = ShipmentCorrected(
            order: order, fulfillment: parts[0], merchant: merchants[0], wrongCarrier: "sf", wrongWaybill: "SF1", carrier: "sf",
            waybill: "SF7")
        try await mill.grind([
            say(.hold, 1), ship("SF1", 1), Cause(from: correction, order: order), say(.resume, 1), ship("SF2", 1), say(.refuse, 1),
            say(.short, 0, [Portion(line: 1, quantity: 1)]), say(.short, 0, [Portion(line: 1, quantity: 1)]), say(.accept, 1),
        ])
        #expect(try await mill.shop.texts("select waybill from shipments order by waybill") == ["SF2", "SF7"])
        let lines = "select concat_ws(' ', line, ordered, cancelled, shipped, delivered) from order_lines order by line"
        #expect(try await mill.shop.texts(lines) == ["1 3 1 2 0", "2 3 3 0 0"])
        #expect(try await mill.offences() == [])
        let word = Cause(from: OrderReceived(order: order, storefront: Made.storefront), order: order)
        try await mill.grind([word, word])
        #expect(try await mill.shop.texts(lines) == ["1 3 1 2 2", "2 3 3 0 0"])
        #expect(try await mill.shop.texts("select state || ' ' || payment from order_states") == ["completed paid"])
        #expect(try await mill.shop.texts("select amount::text from refunds order by amount") == ["1000", "3000"])
        #expect(try await mill.offences() == [])
    }
}
