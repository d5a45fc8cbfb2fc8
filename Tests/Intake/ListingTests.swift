import Work
import JSON
import Commerce
import Database
import Foundation
import HTTPClient
import Support
import Testing

@testable import Intake

@Suite(.serialized) struct ListingTests {
    /// The orders of all pages.
    private func walk(_ intake: Fixture, _ query: String, key: String? = nil) async throws -> [UUID] {
        var (ids, next) = try await intake.list("/v1/orders?\(query)", "orders", id: "order", key: key ?? intake.keys.storefront)
        var pages = 1
        while let cursor = next, pages < 50 {
            let page = try await intake.list(
                "/v1/orders?\(query)&cursor=\(cursor)", "orders", id: "order", key: key ?? intake.keys.storefront)
            ids += page.ids
            next = page.next
            pages += 1
        }
        #expect(next == nil)
        return ids
    }

    @Test func `every order is listed once, newest first, though orders of one time share it and others come in meanwhile`() async throws {
        try await Fixture.run { intake in
            let endings = [nil, "completed", "cancelled"]
            // Nine times, five orders each.
            let orders = (0..<45).map { index in
                var order = StoredOrder()
                order.placedAt += Double(index / 5)
                order.ended = endings[index % 3]
                return order
            }
            try await intake.store(orders)
            try await intake.store([StoredOrder()], of: intake.foreignStorefront)
            let expected = orders.sorted { ($0.placedAt, $0.id.text) > ($1.placedAt, $1.id.text) }.map(\.id)
            #expect(try await walk(intake, "limit=100") == expected)
            #expect(try await walk(intake, "limit=1") == expected)
            let first = try await intake.list("/v1/orders?limit=7", "orders", id: "order", key: intake.keys.storefront)
            var newer = StoredOrder()
            newer.placedAt += 100
            try await intake.store([newer])
            let cursor = try #require(first.next)
            #expect(try await walk(intake, "limit=7") == [newer.id] + expected)
            let second = try await intake.list("/v1/orders?limit=7&cursor=\(cursor)", "orders", id: "order", key: intake.keys.storefront)
            #expect(first.ids + second.ids == Array(expected.prefix(14)))
        }
    }

    @Test func `orders are found by number, state, time and phone, and by all of them at once`() async throws {
        try await Fixture.run { intake in
            var paid = StoredOrder()
            paid.payment = "paid"
            paid.phone = "+8613900139000"
            var completed = StoredOrder()
            completed.placedAt += 3_600
            completed.payment = "paid"
            completed.ended = "completed"
            var cancelled = StoredOrder()
            cancelled.placedAt += 7_200
            cancelled.ended = "cancelled"
            let placed = StoredOrder()
            try await intake.store([paid, completed, cancelled, placed])
            #expect(try await walk(intake, "number=\(paid.number.text)") == [paid.id])
            #expect(try await walk(intake, "state=paid") == [paid.id])
            #expect(try await walk(intake, "state=placed&limit=1") == [placed.id])
            #expect(try await walk(intake, "state=completed") == [completed.id])
            #expect(try await walk(intake, "state=cancelled") == [cancelled.id])
            #expect(try await walk(intake, "state=short") == [])
            for phone in ["139%200013%209000", "%2B8613900139000", "%2B86%20139-0013-9000", "008613900139000"] {
                #expect(try await walk(intake, "phone=\(phone)") == [paid.id], "\(phone)")
            }
            #expect(try await walk(intake, "phone=13800138000&limit=1").count == 3)
            #expect(try await walk(intake, "phone=13800138000&state=cancelled") == [cancelled.id])
            // 2026-09-21T14:13:20Z is the time of the first.
            #expect(try await walk(intake, "from=2026-09-21T15:00:00Z") == [cancelled.id, completed.id])
            #expect(try await walk(intake, "from=2026-09-21T23:00:00%2B08:00&to=2026-09-21T16:00:00Z") == [completed.id])
            #expect(try await walk(intake, "number=\(paid.number.text)&state=paid&phone=13900139000&to=2026-09-22T00:00:00Z") == [paid.id])
            #expect(try await walk(intake, "number=\(paid.number.text)&state=cancelled") == [])
            #expect(try await walk(intake, "number=\(paid.number.text)", key: intake.keys.foreign) == [])
            let response = try await intake.send("GET", "/v1/orders?state=paid", key: intake.keys.storefront)
            #expect(response.text.contains("已付款") && response.text.contains(#""total":100"#))
            #expect(!response.text.contains("13900139000") && !response.text.contains("王小明"))
        }
    }

    @Test func `a state that is rare is found behind many others, over as many pages as it takes`() async throws {
        try await Fixture.run { intake in
            var paid = StoredOrder()
            paid.payment = "paid"
            let others = (0..<2_100).map { index in
                var order = StoredOrder()
                order.placedAt += Double(1 + index / 100)
                return order
            }
            try await intake.store([paid] + others)
            #expect(try await walk(intake, "state=paid") == [paid.id])
        }
    }

    @Test func `an order is read by its number too, by its storefront only`() async throws {
        try await Fixture.run { intake in
            let order = StoredOrder()
            try await intake.store([order])
            let path = "/v1/orders/\(order.number.text)"
            let response = try await intake.send("GET", path, key: intake.keys.storefront)
            #expect(response.status == 200 && response.member("order") == order.id.text)
            #expect(try await intake.send("GET", path, key: intake.keys.foreign).status == 404)
            #expect(try await intake.send("GET", "/v1/orders/1234567890123456789", key: intake.keys.storefront).status == 404)
        }
    }

    @Test func `parameters that are unknown, doubled, broken or out of bounds are named`() async throws {
        try await Fixture.run { intake in
            let bad: [(query: String, status: Int, parameter: String)] = [
                ("colour=red", 400, "colour"), ("limit=1&limit=2", 400, "limit"), ("number=%zz", 400, "number"),
                ("number=%ff", 400, "number"),
                ("number=12", 422, "number"), ("state=lost", 422, "state"), ("from=yesterday", 422, "from"), ("to=", 422, "to"),
                ("from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z", 422, "to"), ("phone=abc", 422, "phone"), ("limit=0", 422, "limit"),
                ("limit=101", 422, "limit"), ("limit=99999999999999999999", 422, "limit"), ("cursor=x", 422, "cursor"),
                ("cursor=o1" + String(repeating: "f", count: 47), 422, "cursor"),
                ("cursor=f1" + String(repeating: "f", count: 64), 422, "cursor"),
                ("cursor=o17" + String(repeating: "f", count: 47), 422, "cursor"),
            ]
            for (query, status, parameter) in bad {
                let response = try await intake.send("GET", "/v1/orders?\(query)", key: intake.keys.storefront)
                #expect(response.status == status && response.member("parameter") == parameter, "\(query): \(response.text)")
                #expect(response.header("Content-Type") == "application/problem+json")
            }
            #expect(try await intake.send("GET", "/v1/orders", key: intake.keys.merchant).status == 403)
        }
    }
}
