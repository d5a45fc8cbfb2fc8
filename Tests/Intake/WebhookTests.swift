import Commerce
import Foundation
import HTTPClient
import JSON
import Providers
import Support
import Testing
import Work

@Suite(.serialized) struct WebhookTests {
    @Test func `a genuine WeChat Pay notification becomes one message, and a repeat has the same id`() async throws {
        try await Fixture.run { intake in
            let order = UUID()
            let body = try intake.weChat.paid(order)
            for _ in 0..<2 {
                let response = try await intake.send("POST", "/webhooks/wechat", headers: intake.weChat.headers(body), body: body)
                #expect(response.status == 200 && response.member("code") == "SUCCESS")
            }
            let envelopes = try await intake.drain("payments", count: 2)
            #expect(envelopes[0].id == envelopes[1].id && envelopes[0].type == "payment.notified" && envelopes[0].order == order)
            let message = try PaymentNotified(parsing: envelopes[0].body)
            #expect(message.order == order && message.amount == 6000 && message.state == .success)
        }
    }

    @Test func `forged, stale, changed and unsigned notifications are refused and lead to nothing`() async throws {
        try await Fixture.run { intake in
            let body = try intake.weChat.paid(UUID())
            let genuine = intake.weChat.headers(body)
            let probe = genuine.map { $0.name == "Wechatpay-Signature" ? ($0.name, "WECHATPAY/SIGNTEST/" + $0.value) : $0 }
            let changed = Array(String(decoding: body, as: UTF8.self).replacingOccurrences(of: "EV-1", with: "EV-2").utf8)
            let refused: [(headers: [(name: String, value: String)], body: [UInt8])] = [
                (intake.weChat.headers(body, by: RSASigner.generate()), body),
                (intake.weChat.headers(body, at: Date(timeIntervalSinceNow: -400)), body),
                (intake.weChat.headers(body, at: Date(timeIntervalSinceNow: 400)), body), (probe, body), (genuine, changed),
                (genuine.filter { $0.name != "Wechatpay-Serial" }, body), ([], body),
            ]
            for (headers, body) in refused {
                let response = try await intake.send("POST", "/webhooks/wechat", headers: headers, body: body)
                #expect(response.status == 401 && response.member("code") == "FAIL")
            }
            let garbage: [UInt8] = Array("{}".utf8)
            #expect(try await intake.send("POST", "/webhooks/wechat", headers: intake.weChat.headers(garbage), body: garbage).status == 400)
            #expect(try await intake.depth("payments") == 0)
        }
    }

    @Test func `a genuine push of Kuaidi100 becomes one message and is answered as it wants; a forged one is refused`() async throws {
        try await Fixture.run { intake in
            let param = """
                {"status":"polling","message":"","lastResult":{"message":"ok","state":"3","status":"200","ischeck":"1","com":"yuantong",\
                "nu":"YT1234567890","data":[{"context":"已签收","time":"2024-05-01 10:00:00","statusCode":"301"}]}}
                """
            let form = [("Content-Type", "application/x-www-form-urlencoded")].map { (name: $0.0, value: $0.1) }
            func body(_ sign: String) -> [UInt8] { Array(Form.encode([("sign", sign), ("param", param)]).utf8) }
            let genuine = Kuaidi100Signature.push(param: param, salt: intake.salt)
            for _ in 0..<2 {
                let response = try await intake.send("POST", "/webhooks/kuaidi100", headers: form, body: body(genuine))
                #expect(response.status == 200 && response.text.contains(#""result":true,"returnCode":"200""#))
            }
            let envelopes = try await intake.drain("tracking", count: 2)
            #expect(envelopes[0].id == envelopes[1].id && envelopes[0].type == "tracking.reported")
            let message = try TrackingReported(parsing: envelopes[0].body)
            #expect(message.waybill == "YT1234567890" && message.carrier == "yuantong" && message.state == .delivered)
            let forged = Kuaidi100Signature.push(param: param, salt: "another")
            #expect(try await intake.send("POST", "/webhooks/kuaidi100", headers: form, body: body(forged)).status == 401)
            #expect(try await intake.send("POST", "/webhooks/kuaidi100", headers: form, body: [1, 2]).status == 401)
            #expect(try await intake.send("POST", "/webhooks/kuaidi100", body: body(genuine)).status == 415)
            #expect(try await intake.depth("tracking") == 0)
        }
    }
}
