import Commerce
import Foundation
import HTTPClient
import JSON
import Messaging
import Support
import Testing
import Work

@Suite(.serialized) struct SubmittingTests {
    @Test func `an accepted order is in the queue, sealed, under the id that its key gives it`() async throws {
        try await Fixture.run { intake in
            let response = try await intake.submit(idempotencyKey: "first")
            #expect(response.status == 202)
            let order = OrderID.make(storefront: intake.storefront, key: "first")
            #expect(response.member("order") == order.text)
            #expect(response.member("status_url") == "/v1/orders/\(order.text)")
            let envelope = try #require(try await intake.drain("placement", count: 1).first)
            #expect(envelope.type == "order.submitted" && envelope.order == order)
            let text = String(decoding: envelope.body, as: UTF8.self)
            for secret in ["王小明", "13800138000", "文三路"] { #expect(!text.contains(secret)) }
            let message = try OrderSubmitted(parsing: envelope.body)
            #expect(message.key == "first" && message.storefront == intake.storefront && message.total == 6000)
            let person = try intake.sealing.person(message.buyer.sealed, order: order)
            #expect(person.name == "王小明" && person.phone.e164 == "+8613800138000" && person.address == "文三路 478 号")
        }
    }

    @Test func `a repeated key is the same order and not published twice; with another body it is refused`() async throws {
        try await Fixture.run { intake in
            let first = try await intake.submit(idempotencyKey: "again")
            let second = try await intake.submit(idempotencyKey: "again")
            #expect(first.status == 202 && second.status == 202)
            #expect(first.member("order") == second.member("order"))
            let quoted = try await intake.submit(idempotencyKey: "\"again\"")
            #expect(quoted.member("order") == first.member("order"))
            let other = try await intake.submit(
                OrderText.make(merchant: intake.merchant).replacingOccurrences(of: "u-1", with: "u-2"), idempotencyKey: "again")
            #expect(other.status == 422 && other.member("code") == "idempotency_key_reused")
            let foreign = try await intake.submit(key: intake.keys.foreign, idempotencyKey: "again")
            #expect(foreign.status == 202 && foreign.member("order") != first.member("order"))
            #expect(try await intake.drain("placement", count: 2).count == 2)
            #expect(try await intake.depth("placement") == 0)
        }
    }

    @Test func `many orders at once are each confirmed and each in the queue once`() async throws {
        try await Fixture.run { intake in
            try await withThrowingTaskGroup(of: Int.self) { group in
                for index in 0..<300 { group.addTask { try await intake.submit(idempotencyKey: "many-\(index)").status } }
                for try await status in group { #expect(status == 202) }
            }
            let orders = try await intake.drain("placement", count: 300).map(\.order)
            #expect(Set(orders).count == 300)
        }
    }

    @Test func `near the queue's bound orders are refused with 503 and a time to come back`() async throws {
        let yaml = """
            exchange: sluice
            delays: [5s]
            defaults: {ladder: [5s], length: 10}
            queues:
              placement: {handles: [order.submitted, order.cancel_requested]}
              payments: {handles: [payment.notified]}
              tracking: {handles: [tracking.reported]}
              fulfillment: {handles: [fulfillment.shipped, order.received]}
            ends: []
            """
        try await Fixture.run(yaml: yaml) { intake in
            var refusal: HTTPResponse?
            try await eventually("the queue is near its bound") {
                let response = try await intake.submit()
                if response.status == 503 { refusal = response }
                return refusal != nil
            }
            #expect(refusal?.header("Retry-After") == "5")
            #expect(refusal?.header("Content-Type") == "application/problem+json")
            try await intake.broker.purge("placement")
            try await eventually("orders are taken again") { try await intake.submit().status == 202 }
        }
    }

    @Test func `a shutdown finishes what is in hand and takes nothing new`() async throws {
        try await Fixture.run { intake in
            intake.brokerLine.mode = .frozen
            let slow = Task { try await intake.submit(idempotencyKey: "in-hand") }
            try await eventually("it waits for its confirm") { intake.brokerLine.holds("order.submitted") }
            await intake.shutDown()
            #expect(try await slow.value.status == 202)
            #expect(try await intake.spooled().count == 1)
            await #expect(throws: HTTPError.self) { try await intake.submit() }
        }
    }
}
