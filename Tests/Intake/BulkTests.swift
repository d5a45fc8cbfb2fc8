import Commerce
import Foundation
import HTTPClient
import JSON
import Support
import Testing
import Work

@testable import Intake

@Suite(.serialized) struct BulkTests {
    /// A line that is right, or with something in it replaced.
    private func line(_ intake: Fixture, _ key: String, _ text: String = "", by other: String = "") -> String {
        let order = OrderText.make(merchant: intake.merchant).replacingOccurrences(of: "\n", with: " ")
        return #"{"idempotency_key":"\#(key)","order":\#(text.isEmpty ? order : order.replacingOccurrences(of: text, with: other))}"#
    }

    private func send(_ intake: Fixture, _ body: String, key: String? = nil, type: String = "application/x-ndjson") async throws
        -> HTTPResponse
    {
        try await intake.send(
            "POST", "/v1/orders/bulk", key: key ?? intake.keys.storefront, headers: [(name: "Content-Type", value: type)],
            body: Array(body.utf8))
    }

    private struct Result: Equatable {
        var line: Int64
        var status: Int64
        var pointer: String?
        var order: UUID?
    }

    private func results(_ text: String) throws -> [Result] {
        try text.split(separator: "\n").map { line in
            var json = try JSONObject(parsing: Array(line.utf8))
            return Result(
                line: try json.integer("line"), status: try json.integer("status"), pointer: try json.optionalString("pointer"),
                order: try json.optionalUUID("order"))
        }
    }

    @Test func `every line is answered in its order, and a bad one spoils no other`() async throws {
        try await Fixture.run { intake in
            let long = line(intake, "long", "龙井", by: String(repeating: "x", count: 300_000))
            let body = [
                line(intake, "k-1"), line(intake, "k-2", "6000", by: "6001"), "", "hello", line(intake, "k-3"),
                line(intake, "", "", by: ""),
                long, line(intake, "k-4", #""quantity":2"#, by: #""quantity":-2"#), line(intake, "k-1"),
                line(intake, "k-1", "王小明", by: "李雷"), #"{"idempotency_key":"k-5"}"#, line(intake, "k-6"),
            ].joined(separator: "\n")
            let response = try await send(intake, body)
            #expect(response.status == 200 && response.header("Content-Type") == "application/x-ndjson")
            func taken(_ line: Int64, _ key: String) -> Result {
                Result(line: line, status: 202, order: OrderID.make(storefront: intake.storefront, key: key))
            }
            #expect(
                try results(response.text) == [
                    taken(1, "k-1"), Result(line: 2, status: 422, pointer: "/order/total"), Result(line: 4, status: 400, pointer: ""),
                    taken(5, "k-3"), Result(line: 6, status: 422, pointer: "/idempotency_key"), Result(line: 7, status: 413),
                    Result(line: 8, status: 422, pointer: "/order/lines/0/quantity"), taken(9, "k-1"), Result(line: 10, status: 422),
                    Result(line: 11, status: 422, pointer: "/order"), taken(12, "k-6"),
                ])
            #expect(!response.text.contains("李雷"))
            let orders = Set(try await intake.drain("placement", count: 3).map { try OrderSubmitted(parsing: $0.body).order })
            #expect(orders == Set(["k-1", "k-3", "k-6"].map { OrderID.make(storefront: intake.storefront, key: $0) }))
            let again = try await send(intake, line(intake, "k-6") + "\n")
            #expect(try results(again.text) == [taken(1, "k-6")])
            #expect(try await intake.depth("placement") == 0)
        }
    }

    @Test func `two thousand orders in one body are all taken`() async throws {
        try await Fixture.run { intake in
            let body = (0..<2_000).map { line(intake, "many-\($0)") }.joined(separator: "\n") + "\n"
            let found = try results(try await send(intake, body).text)
            #expect(found.map(\.line) == Array(1...2_000) && found.allSatisfy { $0.status == 202 })
            try await eventually("all are in the queue") { try await intake.depth("placement") == 2_000 }
        }
    }

    @Test func `a body that breaks off says what was taken, and half a line is not`() async throws {
        try await Fixture.run { intake in
            let whole = line(intake, "b-1") + "\n" + line(intake, "b-2") + "\n"
            let head = """
                POST /v1/orders/bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(intake.keys.storefront)\r
                Content-Type: application/x-ndjson\r\n
                """
            let announced = "\(head)Content-Length: 100000\r\n\r\n\(whole)" + line(intake, "b-3").prefix(100)
            let answer = try #require(await RawHTTP.exchange(Array(announced.utf8), port: intake.port))
            #expect(answer.contains(#"{"line":1,"status":202"#) && answer.contains(#"{"line":2,"status":202"#))
            #expect(!answer.contains(#"{"line":3,"status":202"#))
            #expect(try await intake.drain("placement", count: 2).count == 2)
            #expect(try await intake.submit().status == 202)
            #expect(try await intake.drain("placement", count: 1).first?.type == "order.submitted")
        }
    }

    @Test func `too many lines, too many bytes and wrong types are refused, and what came before is taken`() async throws {
        try await Fixture.run { intake in
            func head(_ length: Int) -> String {
                """
                POST /v1/orders/bulk HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(intake.keys.storefront)\r
                Content-Type: application/x-ndjson\r\nContent-Length: \(length)\r\n\r\n
                """
            }
            let body = line(intake, "c-1") + "\n" + String(repeating: "x\n", count: BulkSubmission.lineLimit)
            let answer = try #require(await RawHTTP.exchange(Array((head(body.utf8.count) + body).utf8), port: intake.port))
            let found = try results(answer.split(whereSeparator: \.isNewline).filter { $0.hasPrefix("{") }.joined(separator: "\n"))
            #expect(found.count == BulkSubmission.lineLimit + 1 && found.first?.status == 202)
            #expect(found.last == Result(line: Int64(BulkSubmission.lineLimit + 1), status: 413))
            #expect(try await send(intake, "", type: "application/json").status == 415)
            #expect(try await send(intake, "", key: intake.keys.merchant).status == 403)
            #expect(try await send(intake, "").text == "")
            #expect(
                await RawHTTP.exchange(Array(head(BulkSubmission.byteLimit + 1).utf8), port: intake.port)?.hasPrefix("HTTP/1.1 413 ")
                    == true)
        }
    }
}
