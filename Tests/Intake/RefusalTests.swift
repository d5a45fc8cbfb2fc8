import Commerce
import Foundation
import HTTPClient
import Store
import Support
import Testing

@Suite(.serialized) struct RefusalTests {
    @Test func `every bad order is refused with a status and a pointer, and nothing reaches the queue`() async throws {
        try await Fixture.run { intake in
            let good = OrderText.make(merchant: intake.merchant)
            let deep = String(repeating: "[", count: 40) + String(repeating: "]", count: 40)
            let line = #"{"merchant":"\#(intake.merchant.uuidString)","sku":"A","quantity":1,"unit_price":1}"#
            let lines = good.replacingOccurrences(
                of: #""lines":["#, with: #""lines":["# + Array(repeating: line, count: 999).joined(separator: ",") + ",")
            let cases: [(what: String, body: String, status: Int, pointer: String?)] = [
                ("nothing", "", 400, ""), ("truncated", String(good.dropLast(20)), 400, ""), ("no JSON", "hello", 400, ""),
                ("two values", good + good, 400, ""), ("an array", "[]", 422, ""), ("nested", #"{"a":"# + deep + "}", 400, ""),
                ("a name twice", good.replacingOccurrences(of: #""total""#, with: #""freight":1,"total""#), 400, ""),
                ("wrong type", good.replacingOccurrences(of: #""quantity":2"#, with: #""quantity":"2""#), 422, "/lines/0/quantity"),
                ("unknown field", good.replacingOccurrences(of: #""freight""#, with: #""gift":true,"freight""#), 422, "/gift"),
                ("negative", good.replacingOccurrences(of: "3000", with: "-3000"), 422, "/lines/1/unit_price"),
                ("overflowing", good.replacingOccurrences(of: "3000", with: "99999999999999999999"), 422, "/lines/1/unit_price"),
                ("does not add up", good.replacingOccurrences(of: "6000", with: "6001"), 422, "/total"),
                ("1,001 lines", lines, 422, "/lines"),
            ]
            for (what, body, status, pointer) in cases {
                let response = try await intake.submit(body)
                #expect(response.status == status, "\(what): \(response.text)")
                #expect(response.member("pointer") == pointer, "\(what): \(response.text)")
                #expect(response.header("Content-Type") == "application/problem+json")
                #expect(!response.text.contains("王小明"))
            }
            #expect(try await intake.depth("placement") == 0)
            #expect(try await intake.submit().status == 202)
        }
    }

    @Test func `a body over 256 KiB is refused however it comes, and garbage gets no more than a 400`() async throws {
        try await Fixture.run { intake in
            let megabyte = [UInt8](repeating: UInt8(ascii: " "), count: 1 << 20)
            let head = """
                POST /v1/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer \(intake.keys.storefront)\r\nIdempotency-Key: large\r
                Content-Type: application/json\r\n
                """
            let announced = await RawHTTP.exchange(Array("\(head)Content-Length: 1048576\r\n\r\n".utf8) + megabyte, port: intake.port)
            #expect(announced?.hasPrefix("HTTP/1.1 413 ") == true)
            var chunked = Array("\(head)Transfer-Encoding: chunked\r\n\r\n".utf8)
            for _ in 0..<16 { chunked += Array("10000\r\n".utf8) + megabyte[..<65_536] + Array("\r\n".utf8) }
            let streamed = await RawHTTP.exchange(chunked + Array("0\r\n\r\n".utf8), port: intake.port)
            #expect(streamed?.hasPrefix("HTTP/1.1 413 ") == true)
            for garbage in ["\u{16}\u{3}\u{1}garbage\r\n\r\n", "GET\r\n\r\n", "POST /v1/orders HTTP/1.1\r\nContent-Length: x\r\n\r\n"] {
                let answer = await RawHTTP.exchange(Array(garbage.utf8), port: intake.port)
                #expect(answer?.isEmpty == true || answer?.hasPrefix("HTTP/1.1 400 ") == true)
            }
            let huge = "GET /livez HTTP/1.1\r\nHost: x\r\nX: " + String(repeating: "a", count: 100_000) + "\r\n\r\n"
            #expect(await RawHTTP.exchange(Array(huge.utf8), port: intake.port)?.contains("200 OK") == false)
            let after = try await intake.submit()
            #expect(after.status == 202)
        }
    }

    @Test func `only a storefront's valid key submits orders`() async throws {
        try await Fixture.run { intake in
            let key = intake.keys.storefront
            let expired = try await intake.access.issueKey(
                for: .storefront(intake.storefront), pepper: intake.pepper, expires: Date(timeIntervalSinceNow: 15))
            try await eventually("the new key is known") { try await intake.submit(key: expired.text).status == 202 }
            let wrong = String(key.dropLast()) + (key.last == "A" ? "B" : "A")
            for bad in [wrong, "sk_000000000000_" + String(repeating: "A", count: 43), "sk_", "", String(repeating: "x", count: 1_000)] {
                let response = try await intake.submit(key: bad)
                #expect(response.status == 401 && response.header("WWW-Authenticate")?.hasPrefix("Bearer") == true)
            }
            #expect(try await intake.send("POST", "/v1/orders", body: [1]).status == 401)
            #expect(try await intake.submit(key: intake.keys.merchant).status == 403)
            try await eventually(within: .seconds(40), "the key expires") { try await intake.submit(key: expired.text).status == 401 }
            let id = try #require(AccessKey(parsing: intake.keys.foreign)).id
            #expect(try await intake.access.revokeKey(id: id))
            try await eventually("the key is revoked") { try await intake.submit(key: intake.keys.foreign).status == 401 }
        }
    }

    @Test func `paths, methods, types and keys that are not as they should be are each told so`() async throws {
        try await Fixture.run { intake in
            let key = intake.keys.storefront
            #expect(try await intake.send("GET", "/nowhere").status == 404)
            #expect(try await intake.send("GET", "/v1/orders/not-an-id", key: key).status == 404)
            let method = try await intake.send("PUT", "/v1/orders", key: key)
            #expect(method.status == 405 && method.header("Allow") == "GET, POST")
            #expect(try await intake.send("POST", "/livez").header("Allow") == "GET")
            let type = try await intake.send(
                "POST", "/v1/orders", key: key, headers: [("Content-Type", "text/plain"), ("Idempotency-Key", "k")], body: [1])
            #expect(type.status == 415)
            let charset = try await intake.send(
                "POST", "/v1/orders", key: key, headers: [("Content-Type", "application/json; charset=utf-8"), ("Idempotency-Key", "k")],
                body: Array(OrderText.make(merchant: intake.merchant).utf8))
            #expect(charset.status == 202)
            let keyless = try await intake.send("POST", "/v1/orders", key: key, headers: [("Content-Type", "application/json")], body: [1])
            #expect(keyless.status == 400 && keyless.member("code") == "idempotency_key_missing")
            for bad in ["", "with space", String(repeating: "k", count: 201)] {
                #expect(try await intake.submit(idempotencyKey: bad).status == 400)
            }
        }
    }
}
