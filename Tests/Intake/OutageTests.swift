import Commerce
import Foundation
import HTTPClient
import JSON
import Support
import Testing
import Work

@Suite(.serialized) struct OutageTests {
    @Test func `with the broker gone orders are kept in the database, and go to the broker again when it is back`() async throws {
        try await Fixture.run { intake in
            intake.brokerLine.mode = .refusing
            try await eventually("the loss is seen") { try await intake.mode() == "spool" }
            let started = ContinuousClock.now
            for index in 0..<20 { #expect(try await intake.submit(idempotencyKey: "spooled-\(index)").status == 202) }
            // Known to be gone, it is not waited for.
            #expect(ContinuousClock.now - started < .seconds(2))
            let spooled = try await intake.spooled()
            #expect(Set(spooled.map(\.order)) == Set((0..<20).map { OrderID.make(storefront: intake.storefront, key: "spooled-\($0)") }))
            #expect(spooled.allSatisfy { $0.type == "order.submitted" })
            #expect(try await intake.depth("placement") == 0)

            intake.brokerLine.mode = .passing
            try await eventually("the broker is back") { try await intake.mode() == "broker" }
            #expect(try await intake.submit(idempotencyKey: "after").status == 202)
            try await eventually("it is in the queue") { try await intake.depth("placement") == 1 }
            #expect(try await intake.spooled().count == 20)
        }
    }

    @Test func `a broker that hangs costs the first requests two seconds and later ones none`() async throws {
        try await Fixture.run { intake in
            intake.brokerLine.mode = .frozen
            var started = ContinuousClock.now
            let first = try await intake.submit(idempotencyKey: "waits")
            #expect(first.status == 202)
            #expect(ContinuousClock.now - started > .milliseconds(1_500))
            started = .now
            #expect(try await intake.submit(idempotencyKey: "does-not-wait").status == 202)
            #expect(ContinuousClock.now - started < .seconds(1))
            #expect(try await intake.spooled().count == 2)
        }
    }

    @Test func `with the database gone orders are accepted by keys held in memory`() async throws {
        try await Fixture.run { intake in
            intake.databaseLine.mode = .refusing
            try await eventually("the loss is seen") { try await intake.send("GET", "/readyz").text.contains(#""status":"degraded""#) }
            // A confirm that takes longer than its 2 s finds no spool: then it is tried again, as a client would.
            try await eventually("it is accepted") { try await intake.submit(idempotencyKey: "no-database").status == 202 }
            #expect(try await intake.depth("placement") >= 1)
            #expect(try await intake.submit(key: "sk_000000000000_" + String(repeating: "A", count: 43)).status == 401)
            // An order taken here is known here, though nobody can look it up.
            let order = OrderID.make(storefront: intake.storefront, key: "no-database")
            let state = try await intake.send("GET", "/v1/orders/\(order.text)", key: intake.keys.storefront)
            #expect(state.status == 200 && state.member("state") == "accepted")
            #expect(try await intake.send("POST", "/v1/orders/\(order.text)/cancel", key: intake.keys.storefront).status == 202)
        }
    }

    @Test func `with neither an order is refused with 503, never accepted, and the same key works afterwards`() async throws {
        try await Fixture.run { intake in
            intake.brokerLine.mode = .refusing
            intake.databaseLine.mode = .refusing
            try await eventually("the loss is seen") { try await intake.mode() == "none" }
            #expect(try await intake.send("GET", "/readyz").status == 503)
            #expect(try await intake.send("GET", "/livez").status == 200)
            let refusal = try await intake.submit(idempotencyKey: "patient")
            #expect(refusal.status == 503 && refusal.header("Retry-After") != nil)
            #expect(refusal.header("Content-Type") == "application/problem+json")
            intake.brokerLine.mode = .passing
            intake.databaseLine.mode = .passing
            try await eventually("it is accepted") { try await intake.submit(idempotencyKey: "patient").status == 202 }
            let inQueue = try await intake.depth("placement")
            #expect(try await intake.spooled().count + inQueue >= 1)
        }
    }

    @Test func `a webhook is answered with success only once it is kept`() async throws {
        try await Fixture.run { intake in
            let body = try intake.weChat.paid(UUID())
            intake.brokerLine.mode = .refusing
            intake.databaseLine.mode = .refusing
            try await eventually("the loss is seen") { try await intake.mode() == "none" }
            let refused = try await intake.send("POST", "/webhooks/wechat", headers: intake.weChat.headers(body), body: body)
            #expect(refused.status == 503 && refused.member("code") == "FAIL")
            intake.databaseLine.mode = .passing
            try await eventually("the spool takes it") {
                try await intake.send("POST", "/webhooks/wechat", headers: intake.weChat.headers(body), body: body).status == 200
            }
            #expect(try await intake.spooled().map(\.type) == ["payment.notified"])
        }
    }
}
