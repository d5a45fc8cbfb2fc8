import Commerce
import Database
import Foundation
import HTTPClient
import JSON
import Support
import Testing
import Work

@Suite(.serialized) struct OrderAccessTests {
    @Test func `a placed order is shown to its storefront in both languages and to nobody else`() async throws {
        try await Fixture.run { intake in
            let order = OrderID.make(storefront: intake.storefront, key: "placed")
            try await intake.place(order)
            let path = "/v1/orders/\(order.text)"
            let response = try await intake.send("GET", path, key: intake.keys.storefront)
            #expect(response.status == 200 && response.member("state") == "placed")
            #expect(response.text.contains("已下单") && response.text.contains("Placed"))
            #expect(try await intake.send("GET", path, key: intake.keys.foreign).status == 404)
            #expect(try await intake.send("GET", path, key: intake.keys.merchant).status == 403)
            #expect(try await intake.send("GET", path).status == 401)
            #expect(try await intake.send("GET", "/v1/orders/\(UUID().text)", key: intake.keys.storefront).status == 404)
        }
    }

    @Test func `an accepted order that nobody has placed yet is accepted, to its storefront only`() async throws {
        try await Fixture.run { intake in
            let order = OrderID.make(storefront: intake.storefront, key: "new")
            #expect(try await intake.submit(idempotencyKey: "new").status == 202)
            let response = try await intake.send("GET", "/v1/orders/\(order.text)", key: intake.keys.storefront)
            #expect(response.status == 200 && response.member("state") == "accepted" && response.text.contains("已接收"))
            #expect(try await intake.send("GET", "/v1/orders/\(order.text)", key: intake.keys.foreign).status == 404)
        }
    }

    @Test func `a storefront cancels and confirms its own orders only`() async throws {
        try await Fixture.run { intake in
            let order = OrderID.make(storefront: intake.storefront, key: "placed")
            try await intake.place(order)
            let path = "/v1/orders/\(order.text)"
            for action in ["cancel", "received"] {
                #expect(try await intake.send("POST", "\(path)/\(action)", key: intake.keys.foreign).status == 404)
                #expect(try await intake.send("POST", "\(path)/\(action)", key: intake.keys.merchant).status == 403)
                #expect(try await intake.send("GET", "\(path)/\(action)", key: intake.keys.storefront).status == 405)
            }
            let json = [(name: "Content-Type", value: "application/json")]
            let stray = try await intake.send(
                "POST", "\(path)/cancel", key: intake.keys.storefront, headers: json, body: Array(#"{"why":"x"}"#.utf8))
            #expect(stray.status == 422 && stray.member("pointer") == "/why")
            let cancelled = try await intake.send(
                "POST", "\(path)/cancel", key: intake.keys.storefront, headers: json, body: Array(#"{"reason":"changed my mind"}"#.utf8))
            #expect(cancelled.status == 202)
            let request = try #require(try await intake.drain("placement", count: 1).first)
            let message = try OrderCancelRequested(parsing: request.body)
            #expect(message.order == order && message.storefront == intake.storefront && message.reason == "changed my mind")
            #expect(try await intake.send("POST", "\(path)/received", key: intake.keys.storefront).status == 202)
            #expect(try await intake.drain("fulfillment", count: 1).first?.type == "order.received")
            #expect(try await intake.depth("placement") == 0)
        }
    }

    @Test func `a merchant ships its own part of an order and no other's`() async throws {
        try await Fixture.run { intake in
            let order = UUID()
            let own = OrderID.fulfillment(order: order, merchant: intake.merchant)
            let other = OrderID.fulfillment(order: order, merchant: UUID())
            func ship(_ id: UUID, _ body: String, key: String) async throws -> HTTPResponse {
                try await intake.send(
                    "POST", "/v1/fulfillments/\(id.text)/ship", key: key, headers: [(name: "Content-Type", value: "application/json")],
                    body: Array(body.utf8))
            }
            let good = #"{"order":"\#(order.text)","carrier":"yuantong","waybill":"YT1234567890"}"#
            #expect(try await ship(other, good, key: intake.keys.merchant).status == 404)
            #expect(try await ship(own, good, key: intake.keys.storefront).status == 403)
            for (bad, pointer) in [("yuantong", "/carrier"), ("YT1234567890", "/waybill")] {
                let response = try await ship(own, good.replacingOccurrences(of: bad, with: "!"), key: intake.keys.merchant)
                #expect(response.status == 422 && response.member("pointer") == pointer)
            }
            #expect(try await intake.depth("fulfillment") == 0)
            #expect(try await ship(own, good, key: intake.keys.merchant).status == 202)
            let envelope = try #require(try await intake.drain("fulfillment", count: 1).first)
            let message = try FulfillmentShipped(parsing: envelope.body)
            #expect(message.fulfillment == own && message.merchant == intake.merchant && message.waybill == "YT1234567890")
        }
    }

    @Test func `a merchant says of its own part what it means to do, with its reasons, and of no other's`() async throws {
        try await Fixture.run { intake in
            let order = UUID()
            let own = OrderID.fulfillment(order: order, merchant: intake.merchant)
            let other = OrderID.fulfillment(order: order, merchant: UUID())
            func say(_ verb: String, _ more: String = "", of id: UUID? = nil, key: String? = nil) async throws -> HTTPResponse {
                try await intake.send(
                    "POST", "/v1/fulfillments/\((id ?? own).text)/\(verb)", key: key ?? intake.keys.merchant,
                    headers: [(name: "Content-Type", value: "application/json")],
                    body: Array(#"{"order":"\#(order.text)"\#(more)}"#.utf8))
            }
            for (verb, more) in [("accept", ""), ("release", ""), ("hold", #","reason":"x""#), ("cancellation", #","answer":"accept""#)] {
                #expect(try await say(verb, more, of: other).status == 404)
                #expect(try await say(verb, more, key: intake.keys.storefront).status == 403)
            }
            for (verb, more, pointer) in [
                ("hold", "", "/reason"), ("refuse", "", "/reason"), ("cancellation", "", "/answer"),
                ("cancellation", #","answer":"perhaps""#, "/answer"), ("cancellation", #","answer":"refuse""#, "/reason"),
                ("accept", #","why":1"#, "/why"), ("short", #","reason":"x""#, "/lines"), ("correct", "", "/carrier"),
                ("correct", #","carrier":"sf","waybill":"SF123456","wrong":{"carrier":"sf","waybill":"!"}"#, "/wrong/waybill"),
                ("hold", ",\"reason\":\"\\u0001\"", "/reason"),
            ] {
                let response = try await say(verb, more)
                #expect(response.status == 422 && response.member("pointer") == pointer, "\(verb)\(more)")
            }
            #expect(try await say("juggle").status == 404)
            #expect(try await intake.depth("fulfillment") == 0)
            #expect(try await say("cancellation", #","answer":"refuse","reason":"packed""#).status == 202)
            let envelope = try #require(try await intake.drain("fulfillment", count: 1).first)
            let message = try FulfillmentInstructed(parsing: envelope.body)
            #expect(message.fulfillment == own && message.merchant == intake.merchant)
            #expect(message.instruction == .refuseCancellation && message.reason == "packed")
        }
    }

    @Test func `a parcel may carry some of a part, each line once`() async throws {
        try await Fixture.run { intake in
            let order = UUID()
            let own = OrderID.fulfillment(order: order, merchant: intake.merchant)
            func ship(_ lines: String) async throws -> HTTPResponse {
                try await intake.send(
                    "POST", "/v1/fulfillments/\(own.text)/ship", key: intake.keys.merchant,
                    headers: [(name: "Content-Type", value: "application/json")],
                    body: Array(#"{"order":"\#(order.text)","carrier":"sf","waybill":"SF123456","lines":\#(lines)}"#.utf8))
            }
            for (lines, pointer) in [
                ("[]", "/lines"), ("7", "/lines"), (#"[{"line":1}]"#, "/lines/0/quantity"),
                (#"[{"line":1,"quantity":0}]"#, "/lines/0/quantity"),
                (#"[{"line":1,"quantity":1},{"line":1,"quantity":2}]"#, "/lines"),
            ] {
                let response = try await ship(lines)
                #expect(response.status == 422 && response.member("pointer") == pointer, "\(lines)")
            }
            #expect(try await ship(#"[{"line":2,"quantity":3}]"#).status == 202)
            let envelope = try #require(try await intake.drain("fulfillment", count: 1).first)
            #expect(try FulfillmentShipped(parsing: envelope.body).portions == [Portion(line: 2, quantity: 3)])
        }
    }
}

extension Fixture {
    /// Stores an order as placement would.
    func place(_ order: UUID) async throws {
        try await database.query(
            Query(
                """
                insert into orders (id, number, storefront, key, digest, currency, method, locale, buyer_ref, buyer_sealed, goods, discount,
                    freight, total, submitted_at, placed_at, placed_by)
                values ($1, $2, $3, 'placed', '\\x00', 'CNY', 'wechat', 'zh', 'u-1', 's1.k.x', 100, 0, 0, 100, now(), now(), $4)
                """, .uuid(order), .integer(OrderNumber(order: order, at: Date()).value), .uuid(storefront), .uuid(UUID())))
    }
}
