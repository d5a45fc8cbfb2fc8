import Work
import JSON
import HTTPTypes
import Commerce
import Foundation
import HTTPClient
import Support
import Testing

@testable import Intake

@Suite(.serialized) struct ScopeTests {
    /// Bodies that would be right, so that nothing but the key is wrong.
    private func request(_ endpoint: Endpoint, _ order: StoredOrder, _ intake: Fixture) -> (path: String, body: [UInt8], type: String) {
        let isFulfillment = endpoint.path.hasPrefix("/v1/fulfillments")
        let fulfillment = OrderID.fulfillment(order: order.id, merchant: intake.merchant)
        var path = endpoint.path.replacingOccurrences(of: "{id}", with: (isFulfillment ? fulfillment : order.id).text)
            .replacingOccurrences(of: "{order}", with: order.id.text)
        // What else others name is none of theirs either.
        path = path.replacing(/\{[a-z_]+\}/, with: "TEA-1")
        if endpoint.method == .get, endpoint.path == "/v1/fulfillments/{id}" { path += "?order=\(order.id.text)" }
        let target = path
        let orderText = OrderText.make(merchant: intake.merchant)
        switch endpoint.path {
        case "/v1/orders": return (path, Array(orderText.utf8), "application/json")
        case "/v1/orders/bulk":
            let line = #"{"idempotency_key":"foreign","order":\#(orderText.replacingOccurrences(of: "\n", with: " "))}"#
            return (path, Array(line.utf8), "application/x-ndjson")
        case let path where path.hasPrefix("/v1/fulfillments/{id}/") && !path.hasSuffix("/ship"):
            let more = [
                "correct": #","carrier":"yuantong","waybill":"YT1234567890","wrong":{"carrier":"yuantong","waybill":"YT1234567809"}"#,
                "short": #","reason":"lost","lines":[{"line":1,"quantity":1}]"#, "cancellation": #","answer":"accept""#,
                "hold": #","reason":"lost""#, "refuse": #","reason":"lost""#,
            ]
            let verb = String(path.split(separator: "/").last ?? "")
            return (target, Array(#"{"order":"\#(order.id.text)"\#(more[verb] ?? "")}"#.utf8), "application/json")
        case "/v1/fulfillments/{id}/ship":
            return (path, Array(#"{"order":"\#(order.id.text)","carrier":"yuantong","waybill":"YT1234567890"}"#.utf8), "application/json")
        default: return (path, [], "application/json")
        }
    }

    @Test func `no route opens without a key, with one of another kind, or with a stranger's`() async throws {
        try await Fixture.run { intake in
            var order = StoredOrder()
            order.part = "released"
            try await intake.store([order])
            let endpoints = try Desk.unconnected().endpoints.filter { $0.caller == .storefront || $0.caller == .merchant }
            #expect(endpoints.count >= 10)
            for endpoint in endpoints {
                let name = "\(endpoint.method.rawValue) \(endpoint.path)"
                let (path, body, type) = request(endpoint, order, intake)
                func ask(_ key: String?) async throws -> (status: Int, text: String) {
                    let isRead = endpoint.method == .get
                    let answer = try await intake.send(
                        endpoint.method.rawValue, path, key: key,
                        headers: isRead ? [] : [(name: "Content-Type", value: type), (name: "Idempotency-Key", value: UUID().uuidString)],
                        body: isRead ? [] : body)
                    return (Int(answer.status), answer.text)
                }
                let isMerchants = endpoint.caller == .merchant
                let (stranger, other) =
                    isMerchants
                    ? (intake.keys.foreignMerchant, [intake.keys.storefront, intake.keys.foreign])
                    : (intake.keys.foreign, [intake.keys.merchant, intake.keys.foreignMerchant])
                #expect(try await ask(nil).status == 401, "\(name)")
                #expect(try await ask("sk_000000000000_" + String(repeating: "A", count: 43)).status == 401, "\(name)")
                for key in other + [intake.keys.partner] { #expect(try await ask(key).status == 403, "\(name)") }
                let answer = try await ask(stranger)
                // A list or a new thing is the stranger's own; what names ours is not there.
                if endpoint.path.contains("{") {
                    #expect(answer.status == 404, "\(name): \(answer.text)")
                } else {
                    #expect((200..<300).contains(answer.status), "\(name): \(answer.text)")
                }
                for secret in [
                    order.id.text, order.number.text, "文三路", "王小明", OrderID.fulfillment(order: order.id, merchant: intake.merchant).text,
                ] {
                    #expect(!answer.text.contains(secret), "\(name) shows \(secret)")
                }
            }
            // What strangers submitted is theirs; nothing was asked about ours.
            #expect(try await intake.depth("fulfillment") == 0)
            for envelope in try await intake.drain("placement", count: 2) {
                #expect(try OrderSubmitted(parsing: envelope.body).storefront == intake.foreignStorefront)
            }
            #expect(try await intake.depth("placement") == 0)
        }
    }
}
