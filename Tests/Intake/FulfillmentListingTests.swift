import Work
import JSON
import Commerce
import Database
import Foundation
import HTTPClient
import Support
import Testing

@testable import Intake

@Suite(.serialized) struct FulfillmentListingTests {
    @Test func `a merchant lists its own fulfillment orders by state, page by page, without addresses`() async throws {
        try await Fixture.run { intake in
            let states = ["planned", "released", "shipped", "delivered", "cancelled"]
            let orders = (0..<20).map { index in
                var order = StoredOrder()
                order.placedAt += Double(index)
                order.part = states[index % 5]
                return order
            }
            try await intake.store(orders)
            try await intake.store([StoredOrder()], merchant: intake.foreignMerchant)
            let expected = orders.reversed().map { OrderID.fulfillment(order: $0.id, merchant: intake.merchant) }
            func walk(_ query: String) async throws -> [UUID] {
                var (ids, next) = try await intake.list(
                    "/v1/fulfillments?\(query)", "fulfillments", id: "id", key: intake.keys.merchant)
                while let cursor = next {
                    let page = try await intake.list(
                        "/v1/fulfillments?\(query)&cursor=\(cursor)", "fulfillments", id: "id", key: intake.keys.merchant)
                    ids += page.ids
                    next = page.next
                }
                return ids
            }
            #expect(try await walk("limit=3") == expected)
            #expect(try await walk("limit=100") == expected)
            #expect(try await walk("state=released&limit=2") == expected.enumerated().filter { $0.offset % 5 == 3 }.map(\.element))
            let all = try await intake.send("GET", "/v1/fulfillments", key: intake.keys.merchant)
            #expect(all.text.contains("TEA-1") && !all.text.contains("王小明") && !all.text.contains("文三路"))
            for (query, parameter) in [("state=gone", "state"), ("limit=1000", "limit"), ("cursor=o1", "cursor"), ("order=1", "order")] {
                let response = try await intake.send("GET", "/v1/fulfillments?\(query)", key: intake.keys.merchant)
                #expect((400...422).contains(response.status) && response.member("parameter") == parameter)
            }
        }
    }

    @Test func `the address is shown to the merchant who is to ship, from release until delivery`() async throws {
        try await Fixture.run { intake in
            for (state, isShown) in [("planned", false), ("released", true), ("shipped", true), ("delivered", false), ("cancelled", false)]
            {
                var order = StoredOrder()
                order.part = state
                try await intake.store([order])
                let id = OrderID.fulfillment(order: order.id, merchant: intake.merchant)
                let path = "/v1/fulfillments/\(id.text)?order=\(order.id.text)"
                let response = try await intake.send("GET", path, key: intake.keys.merchant)
                #expect(response.status == 200 && response.member("state") == state && response.member("number") == order.number.text)
                #expect(response.text.contains("文三路") == isShown && response.text.contains("王小明") == isShown, "\(state)")
                #expect(response.header("Cache-Control") == "no-store")
                #expect(try await intake.send("GET", path, key: intake.keys.foreignMerchant).status == 404)
                #expect(try await intake.send("GET", path, key: intake.keys.storefront).status == 403)
            }
            let bare = try await intake.send("GET", "/v1/fulfillments/\(UUID().text)", key: intake.keys.merchant)
            #expect(bare.status == 400 && bare.member("parameter") == "order")
        }
    }

    @Test func `its parcels are shown with it`() async throws {
        try await Fixture.run { intake in
            var order = StoredOrder()
            order.part = "shipped"
            try await intake.store([order])
            let id = OrderID.fulfillment(order: order.id, merchant: intake.merchant)
            try await intake.database.query(
                Query(
                    """
                    insert into shipments (id, order_id, fulfillment_id, carrier, waybill, dispatched_at, dispatched_by)
                    values ($1, $2, $3, 'yuantong', 'YT1234567890', now(), $1)
                    """, .uuid(UUID()), .uuid(order.id), .uuid(id)))
            for path in ["/v1/fulfillments/\(id.text)?order=\(order.id.text)", "/v1/fulfillments?state=shipped"] {
                let response = try await intake.send("GET", path, key: intake.keys.merchant)
                #expect(response.text.contains(#""waybill":"YT1234567890""#) && response.text.contains("Dispatched"))
            }
        }
    }
}
