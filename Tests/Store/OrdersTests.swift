import Commerce
import Database
import FoundationEssentials
import JSON
import Store
import Testing

@Suite struct OrdersTests {
    @Test func `an order that is read is the order that was stored`() async throws {
        let shop = try await Shop()
        let odd = "茶 \"x\" \\ {a,b} NULL '"
        let placed = try await shop.place(shop.submitted(["A", odd, "NULL"], title: odd))
        let order = placed.terms.order
        let rows = try await shop.database.queries([
            Orders.terms(of: [order]), Orders.digests(of: [order, UUID()]),
        ])
        #expect(try Orders.terms(from: rows[0]) == [order: placed.terms])
        #expect(try Orders.digests(from: rows[1]) == [order: placed.submitted.digest])
        let lines = try await shop.database.query(
            "select array_agg(sku order by n), array_agg(title order by n) from fulfillment_orders, unnest(lines, skus, titles) as l (n, sku, title)"
        )
        #expect(try lines.only().array(0, of: String.self) == ["A", odd, "NULL"])
        #expect(try lines.only().array(1, of: String.self) == [odd, odd, odd])
    }

    @Test func `an order is stored once, and two orders don't share a number`() async throws {
        let shop = try await Shop()
        let placed = try await shop.place(shop.submitted(["A"]))
        let again = await #expect(throws: DatabaseError.self) { _ = try await shop.place(placed.submitted) }
        #expect(again?.isUniqueViolation == true)
        let twin = await #expect(throws: DatabaseError.self) {
            try await shop.database.query(
                Query("insert into orders select (jsonb_populate_record(o, jsonb_build_object('id', gen_random_uuid()))).* from orders o"))
        }
        #expect(twin?.constraint == "orders_number_key")
        #expect(try await shop.count("select count(*) from orders") == 1)
    }

    @Test func `the database refuses an order that does not add up`() async throws {
        let shop = try await Shop()
        _ = try await shop.place(shop.submitted(["A"]))
        for change in ["total = total + 1", "discount = goods + 1", "freight = -1", "ended = 'cancelled'", "currency = ''"] {
            let error = await #expect(throws: DatabaseError.self) { try await shop.database.query(Query("update orders set \(change)")) }
            #expect(error?.sqlState == "23514", "\(change)")
        }
        for change in ["gross = -1", "state = 'lost'", "quantities = '{0}'", "skus = '{}'", "lines = '{1,2}'", "commission_bp = 10001"] {
            let error = await #expect(throws: DatabaseError.self) {
                try await shop.database.query(Query("update fulfillment_orders set \(change)"))
            }
            #expect(error?.sqlState == "23514", "\(change)")
        }
    }

    @Test func `an order is cancelled once, with what was planned for it`() async throws {
        let shop = try await Shop()
        let order = try await shop.place(shop.submitted(["A", "B"])).terms.order
        let cancellation = [Stamped((order: order, reason: CancelReason.requested), shop.stamp())]
        _ = try await shop.database.queries(Orders.cancel(cancellation))
        #expect(try await shop.count("select count(*) from fulfillment_orders where state = 'cancelled'") == 2)
        #expect(try await shop.database.query("select state, ended_reason from order_states").only().text(0) == "cancelled")
        let again = await #expect(throws: DatabaseError.self) { try await shop.database.queries(Orders.cancel(cancellation)) }
        #expect(again?.isRetriable == true)
    }

    @Test func `a cancelled order's payment can't begin, and a payment that began keeps its row`() async throws {
        let shop = try await Shop()
        let (cancelled, paying) = (try await shop.place(shop.submitted(["A"])).terms, try await shop.place(shop.submitted(["A"])).terms)
        let open = Payment(order: paying.order, state: .open, method: .wechat, currency: .cny, amount: paying.total)
        try await shop.database.query(PaymentRows.insert([Stamped(open, shop.stamp())]))
        let asked = [cancelled.order, paying.order].map { Stamped((order: $0, storefront: Optional(shop.storefront)), shop.stamp()) }
        let rows = try await shop.database.queries([PaymentRows.bar(asked), PaymentRows.lock([cancelled.order, paying.order])])
        let payments = try PaymentRows.payments(from: rows[1])
        #expect(payments[cancelled.order]?.state == .closed && payments[paying.order] == open)
        let late = Payment(order: cancelled.order, state: .opening, method: .wechat, currency: .cny, amount: cancelled.total)
        let error = await #expect(throws: DatabaseError.self) {
            try await shop.database.query(PaymentRows.insert([Stamped(late, shop.stamp())]))
        }
        #expect(error?.isUniqueViolation == true)
    }

    @Test func `nobody closes the payment of another storefront's order`() async throws {
        let shop = try await Shop()
        let order = try await shop.place(shop.submitted(["A"])).terms.order
        try await shop.database.query(PaymentRows.bar([Stamped((order: order, storefront: Optional(UUID())), shop.stamp())]))
        #expect(try await shop.count("select count(*) from payments") == 0)
    }

    @Test func `an order's state follows from what was done for it`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 1])
        let (first, second) = (try await shop.place(shop.submitted(["A"])).terms, try await shop.place(shop.submitted(["A"])).terms)
        func states() async throws -> [String] {
            let rows = try await shop.database.query("select id, state from order_states")
            let found = try rows.map { (try $0.uuid(0), try $0.text(1)) }
            return [first.order, second.order].map { order in found.first { $0.0 == order }?.1 ?? "?" }
        }
        #expect(try await states() == ["placed", "placed"])
        #expect(try await shop.reserve([(first.order, [Pieces(n: 1, sku: "A", quantity: 1)])]) == [first.order])
        try await shop.database.query(Stock.bar([Stamped(second.order, shop.stamp())]))
        #expect(try await states() == ["reserved", "short"])
        let paid = Payment(
            order: first.order, state: .paid, method: .prepaid, currency: .cny, amount: first.total, paidAmount: first.total,
            paidAt: shop.now)
        try await shop.database.query(PaymentRows.insert([Stamped(paid, shop.stamp())]))
        _ = try await shop.database.queries(Orders.cancel([Stamped((order: second.order, reason: .outOfStock), shop.stamp())]))
        #expect(try await states() == ["paid", "cancelled"])
    }
}
