import FoundationEssentials
import HTTPClient
import JSON
import Providers
import Sandbox
import Support
import Testing

/// Our courier and SMS adapters and our webhooks against the sandbox's other ends.
@Suite struct OthersTests {
    private static let taken = #"{"result":true,"returnCode":"200","message":"成功"}"#

    private func pushes(_ rig: Rig) -> [Kuaidi100Push] {
        let pushes = Kuaidi100Pushes(salt: rig.keys.courierSalt)
        return rig.arrivals("/notify/kuaidi100").compactMap { try? pushes.open(body: $0.body) }
    }

    @Test func `a subscription brings signed pushes until the parcel is signed for, and a query says the same`() async throws {
        try await Rig.run { rig in
            rig.answer("/notify/kuaidi100", 200, Self.taken)
            let courier = rig.kuaidi100()
            #expect(try await courier.subscribe(carrier: "yuantong", waybill: "YT1000000000000") == .accepted)
            #expect(try await courier.subscribe(carrier: "yuantong", waybill: "YT1000000000000") == .running)
            try await eventually("the parcel is signed for") { pushes(rig).last?.status == .shutdown }
            #expect(pushes(rig).map { $0.report?.code } == ["103", "1002", "1001", "501", "301"])
            #expect(pushes(rig).last?.report?.state == .delivered)
            let report = try #require(try await courier.report(carrier: "yuantong", waybill: "YT1000000000000"))
            #expect(report == pushes(rig).last?.report && report.events.count == 5)
        }
    }

    @Test func `pushes come out of order, twice, or not at all, as the waybill has it; a query always knows`() async throws {
        try await Rig.run { rig in
            rig.answer("/notify/kuaidi100", 200, Self.taken)
            let courier = rig.kuaidi100()
            for digit in 1...4 { _ = try await courier.subscribe(carrier: "yuantong", waybill: "YT200000000000\(digit)") }
            func codes(_ digit: Int) -> [String] {
                pushes(rig).filter { $0.report?.waybill == "YT200000000000\(digit)" }.compactMap { $0.report?.code }
            }
            try await eventually("all are signed for") { [1, 2, 4].allSatisfy { codes($0).contains("301") } }
            try await eventually("the lost one, too") {
                try await courier.report(carrier: "yuantong", waybill: "YT2000000000003")?.state == .delivered
            }
            #expect(codes(1) == ["103", "1001", "1002", "501", "301"])
            try await eventually("every push came twice") { codes(2).count == 10 }
            #expect(codes(3).isEmpty && codes(4).contains("206"))
        }
    }

    @Test func `a push that isn't taken comes again three times`() async throws {
        try await Rig.run { rig in
            _ = try await rig.kuaidi100().subscribe(carrier: "yuantong", waybill: "YT3000000000000")
            // 200 without "result": true is not taken.
            try await eventually("given up") { try await rig.state("kuaidi100", "pushes", "given_up") == 5 }
            #expect(try await rig.state("kuaidi100", "pushes", "sent") == 20)
        }
    }

    @Test func `a false key or sign is refused, and some couriers ask for a telephone number`() async throws {
        try await Rig.run { rig in
            let courier = rig.kuaidi100(key: "another")
            let one = await #expect(throws: ProviderError.self) { try await courier.subscribe(carrier: "ems", waybill: "EM400000") }
            guard case .blocked("600", _) = one?.kind else { return #expect(Bool(false), "\(String(describing: one))") }
            let two = await #expect(throws: ProviderError.self) { try await courier.report(carrier: "ems", waybill: "EM400000") }
            guard case .blocked("503", _) = two?.kind else { return #expect(Bool(false), "\(String(describing: two))") }
            let refused = try await rig.state("kuaidi100", "invalid_signatures")
            #expect(refused == 2)
            let three = await #expect(throws: ProviderError.self) {
                try await rig.kuaidi100().report(carrier: "shunfeng", waybill: "SF4000000000000")
            }
            guard case .refused("408", _) = three?.kind else { return #expect(Bool(false), "\(String(describing: three))") }
            #expect(try await rig.kuaidi100().report(carrier: "shunfeng", waybill: "SF4000000000000", phone: "1234") == nil)
        }
    }

    @Test func `a text message is taken, one sent twice is noticed, and a false signature is refused`() async throws {
        try await Rig.run { rig in
            let sms = rig.sms()
            let message = SMS(phone: "13900000000", template: "SMS_1", parameters: [("order", "1 & *~中")], outID: "notice-1")
            #expect(try await sms.send(message).hasSuffix("^0"))
            #expect(try await rig.state("aliyun", "messages") == 1)
            #expect(try await rig.state("aliyun", "doubles") == 0)
            _ = try await sms.send(message)
            #expect(try await rig.state("aliyun", "doubles") == 1)
            let error = await #expect(throws: ProviderError.self) { try await rig.sms(secret: "another").send(message) }
            guard case .blocked("SignatureDoesNotMatch", _) = error?.kind else {
                return #expect(Bool(false), "\(String(describing: error))")
            }
            var refused = message
            refused.phone = "13900000002"
            let refusal = await #expect(throws: ProviderError.self) { try await sms.send(refused) }
            guard case .refused("isv.MOBILE_NUMBER_ILLEGAL", _) = refusal?.kind else {
                return #expect(Bool(false), "\(String(describing: refusal))")
            }
            #expect(try await rig.state("aliyun", "messages") == 2)
        }
    }

    @Test func `a released fulfillment order is shipped once, as long as it takes the intake to take it`() async throws {
        try await Rig.run { rig in
            rig.answer("/v1/fulfillments", 503)
            let id = "0192f000-0000-8000-8000-000000000001"
            let body = Array(
                #"{"type":"fulfillment.released","timestamp":"2026-01-01T00:00:00Z","data":{"order":"o1","fulfillment":"\#(id)","merchant":"m1"}}"#
                    .utf8)
            for secret in [rig.keys.merchantWebhookSecret, rig.keys.merchantWebhookSecret, StandardWebhook.newSecret()] {
                let headers = try StandardWebhook(secrets: [secret]).headers(id: "msg_1", at: Date(), body: body)
                let response = try await rig.client.execute(
                    HTTPRequest(method: "POST", url: rig.configuration.merchantWebhookURL, headers: headers, body: body))
                let wanted = secret == rig.keys.merchantWebhookSecret ? 204 : 401
                #expect(response.status == wanted)
            }
            let path = "/v1/fulfillments/\(id)/ship"
            try await eventually("it is tried again") { rig.arrivals(path).count >= 3 }
            rig.answer("/v1/fulfillments", 202)
            try await eventually("it is shipped") { try await rig.state("merchant", "shipped") == 1 }
            let arrival = try #require(rig.arrivals(path).last)
            var json = try JSONObject(parsing: arrival.body)
            #expect(try json.string("order") == "o1")
            #expect(try json.string("carrier") == "yuantong")
            #expect(try json.string("waybill").utf8.count == 15)
            #expect(arrival.headers["authorization"] == "Bearer merchant-key")
            #expect(Set(rig.arrivals(path).map(\.body)).count == 1)
            #expect(try await rig.state("merchant", "verified") == 2)
            #expect(try await rig.state("merchant", "repeats") == 1)
            #expect(try await rig.state("merchant", "refused") == 1)
        }
    }

    @Test func `a storefront counts what it is told by type`() async throws {
        try await Rig.run { rig in
            let body = Array(#"{"type":"order.completed","timestamp":"2026-01-01T00:00:00Z","data":{}}"#.utf8)
            let webhook = try StandardWebhook(secrets: [rig.keys.storefrontWebhookSecret])
            for id in ["msg_1", "msg_2", "msg_2"] {
                let response = try await rig.client.execute(
                    HTTPRequest(
                        method: "POST", url: rig.configuration.storefrontWebhookURL,
                        headers: webhook.headers(id: id, at: Date(), body: body),
                        body: body))
                #expect(response.status == 204)
            }
            #expect(try await rig.state("storefront", "types", "order.completed") == 2)
            #expect(try await rig.state("storefront", "repeats") == 1)
        }
    }

    @Test func `faults that can't be read change nothing, and say where they are wrong`() async throws {
        try await Rig.run { rig in
            let response = try await rig.client.execute(
                HTTPRequest(
                    method: "POST", url: rig.configuration.url + "/_sandbox/faults",
                    body: Array(#"{"wechat":{"latency_ms":5},"aliyun":{"error_percent":101}}"#.utf8)))
            #expect(response.status == 400 && String(decoding: response.body, as: UTF8.self).contains("/aliyun/error_percent"))
            let faults = try await rig.get("/_sandbox/faults")
            guard case .object(let parties) = faults, case .object(let weChat)? = parties.first?.value else { return #expect(Bool(false)) }
            #expect(weChat.first == JSON.Member(name: "latency_ms", value: .integer(0)))
        }
    }
}
