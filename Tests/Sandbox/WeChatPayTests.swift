import FoundationEssentials
import Providers
import Sandbox
import Support
import Testing

/// Our WeChat Pay adapter against the sandbox's WeChat Pay, which was written without it.
@Suite struct WeChatPayTests {
    private func prepay(_ number: String, total: Int64, expiresIn seconds: Double = 1_800) -> WeChatPrepay {
        WeChatPrepay(outTradeNo: number, description: "订单", total: total, expiresAt: Date(timeIntervalSinceNow: seconds))
    }

    /// The payment notifications of a trade that our end believes.
    private func payments(_ rig: Rig, _ number: String) throws -> [WeChatTransaction] {
        let notifications = try rig.notifications()
        return rig.arrivals("/notify/wechat").compactMap { arrival in
            let notification = try? notifications.open(header: { arrival.headers[$0.lowercased()] }, body: arrival.body, now: Date())
            guard case .transaction(let transaction)? = notification?.content, transaction.outTradeNo == number else { return nil }
            return transaction
        }
    }

    @Test func `a prepay is paid, and the notification is signed, opens and says so`() async throws {
        try await Rig.run { rig in
            let weChat = try rig.weChat()
            let order = prepay("order-0000001", total: 12_300)
            let url = try await weChat.prepay(order)
            #expect(url.hasPrefix("weixin://wxpay/bizpayurl?pr="))
            try await eventually("the payment is notified") { try !payments(rig, order.outTradeNo).isEmpty }
            let told = try #require(try payments(rig, order.outTradeNo).first)
            #expect(told.state == .success && told.total == 12_300 && told.currency == "CNY" && told.paidAt != nil)
            let asked = try await weChat.transaction(outTradeNo: order.outTradeNo)
            #expect(asked == told)
            #expect(try await weChat.close(outTradeNo: order.outTradeNo) == .paid)
            #expect(try await rig.state("wechat", "charges", "count") == 1)
            #expect(try await rig.state("wechat", "charges", "doubles") == 0)
        }
    }

    @Test func `the same prepay brings the same code, another under the same number is refused`() async throws {
        try await Rig.run { rig in
            let weChat = try rig.weChat()
            let order = prepay("order-0000002", total: 12_301)
            let url = try await weChat.prepay(order)
            #expect(try await weChat.prepay(order) == url)
            var other = order
            other.total = 12_401
            let error = await #expect(throws: ProviderError.self) { try await weChat.prepay(other) }
            guard case .refused("OUT_TRADE_NO_USED", _) = error?.kind else { return #expect(Bool(false), "\(String(describing: error))") }
        }
    }

    @Test func `a notification that isn't taken comes again, and two come where the buyer is of that kind`() async throws {
        try await Rig.run { rig in
            let weChat = try rig.weChat()
            rig.answer("/notify/wechat", 500)
            _ = try await weChat.prepay(prepay("order-0000003", total: 500))
            try await eventually("it came three times") { try payments(rig, "order-0000003").count >= 3 }
            rig.answer("/notify/wechat", 204)
            try await eventually("it is taken") { try await rig.state("wechat", "notifications", "taken") == 1 }
            _ = try await weChat.prepay(prepay("order-0000004", total: 503))
            try await eventually("it comes twice") { try payments(rig, "order-0000004").count == 2 }
            #expect(try await rig.state("wechat", "charges", "count") == 2)
        }
    }

    @Test func `a declined payment and a lost notification show in a query alone`() async throws {
        try await Rig.run { rig in
            let weChat = try rig.weChat()
            _ = try await weChat.prepay(prepay("order-declined", total: 302))
            _ = try await weChat.prepay(prepay("order-untold", total: 306))
            try await eventually("both are decided") {
                let declined = try await weChat.transaction(outTradeNo: "order-declined")
                let untold = try await weChat.transaction(outTradeNo: "order-untold")
                return declined?.state == .payError && untold?.state == .success
            }
            #expect(rig.arrivals("/notify/wechat").isEmpty)
            #expect(try await rig.state("wechat", "charges", "count") == 1)
        }
    }

    @Test func `nobody pays a trade that was closed or has expired, but the late buyer, whose money can be refunded`() async throws {
        try await Rig.run { rig in
            let weChat = try rig.weChat()
            _ = try await weChat.prepay(prepay("order-closed", total: 901))
            #expect(try await weChat.close(outTradeNo: "order-closed") == .closed)
            #expect(try await weChat.close(outTradeNo: "order-closed") == .closed)
            #expect(try await weChat.close(outTradeNo: "order-unheard-of") == .absent)
            #expect(try await weChat.transaction(outTradeNo: "order-unheard-of") == nil)
            #expect(try await weChat.transaction(outTradeNo: "order-closed")?.state == .closed)

            _ = try await weChat.prepay(prepay("order-late", total: 904, expiresIn: 1))
            #expect(try await weChat.close(outTradeNo: "order-late") == .closed)
            try await eventually("the late money came") { try await weChat.transaction(outTradeNo: "order-late")?.state == .success }
            let request = WeChatRefundRequest(outTradeNo: "order-late", outRefundNo: "refund-late", refund: 904, total: 904)
            let refund = try await weChat.refund(request)
            #expect(refund.state == .processing && refund.refund == 904)
            #expect(try await weChat.refund(request).refundID == refund.refundID)
            try await eventually("the refund arrives") { try await weChat.refund(outRefundNo: "refund-late")?.state == .success }
            #expect(try await weChat.transaction(outTradeNo: "order-late")?.state == .refund)
            #expect(try await rig.state("wechat", "refunds", "count") == 1)
        }
    }

    @Test func `a first prepay that fails can be repeated`() async throws {
        try await Rig.run { rig in
            let weChat = try rig.weChat()
            let order = prepay("order-0000005", total: 705)
            let error = await #expect(throws: ProviderError.self) { try await weChat.prepay(order) }
            #expect(error?.isTransient == true)
            _ = try await weChat.prepay(order)
            try await eventually("it is paid") { try await weChat.transaction(outTradeNo: order.outTradeNo)?.state == .success }
            #expect(try await rig.state("wechat", "charges", "count") == 1)
        }
    }

    @Test func `a request signed with another key is refused as such, and counted`() async throws {
        try await Rig.run { rig in
            let stranger = WeChatPay(
                configuration: WeChatPayConfiguration(
                    url: rig.configuration.url + "/wechat", merchantID: rig.keys.merchantNumber, appID: rig.keys.applicationID,
                    serial: rig.keys.merchantSerial, signer: .generate(), platform: try rig.platform(), notifyURL: rig.ourURL + "/n"),
                client: rig.client)
            let error = await #expect(throws: ProviderError.self) { try await stranger.prepay(prepay("order-forged", total: 100)) }
            guard case .blocked("SIGN_ERROR", _) = error?.kind else { return #expect(Bool(false), "\(String(describing: error))") }
            let stale = WeChatPay(
                configuration: WeChatPayConfiguration(
                    url: rig.configuration.url + "/wechat", merchantID: rig.keys.merchantNumber, appID: rig.keys.applicationID,
                    serial: rig.keys.merchantSerial, signer: .generate(), platform: try rig.platform(), notifyURL: rig.ourURL + "/n"),
                client: rig.client, now: { Date(timeIntervalSinceNow: -400) })
            await #expect(throws: ProviderError.self) { try await stale.prepay(prepay("order-stale", total: 100)) }
            #expect(try await rig.state("wechat", "invalid_signatures") == 2)
            #expect(try await rig.state("wechat", "trades", "opened") == 0)
        }
    }

    @Test func `a probe with a false signature comes before a notification and must not be believed`() async throws {
        try await Rig.run(probeInterval: 1) { rig in
            rig.answer("/notify/wechat", 204)
            _ = try await rig.weChat().prepay(prepay("order-probed", total: 800))
            try await eventually("the notification is taken") { try await rig.state("wechat", "notifications", "taken") == 1 }
            let arrivals = rig.arrivals("/notify/wechat")
            #expect(arrivals.count == 2 && arrivals[0].headers["wechatpay-signature"]?.hasPrefix("WECHATPAY/SIGNTEST/") == true)
            #expect(try payments(rig, "order-probed").count == 1)
            // Our end took whatever came here: the sandbox must have noticed.
            #expect(try await rig.state("wechat", "notifications", "probes_taken") == 1)
        }
    }

    @Test func `faults on demand: what was charged and never answered is charged once when it is asked for again`() async throws {
        try await Rig.run { rig in
            try await rig.spoil(#"{"wechat": {"silence_percent": 100, "silence_ms": 10000}}"#)
            let impatient = WeChatPay(
                configuration: WeChatPayConfiguration(
                    url: rig.configuration.url + "/wechat", merchantID: rig.keys.merchantNumber, appID: rig.keys.applicationID,
                    serial: rig.keys.merchantSerial,
                    signer: try RSASigner(
                        pem: String(decoding: try Data(contentsOf: URL(filePath: rig.keys.merchantKeyFile)), as: UTF8.self)),
                    platform: try rig.platform(), notifyURL: rig.ourURL + "/notify/wechat", deadline: .milliseconds(500)),
                client: rig.client)
            let order = prepay("order-silent", total: 1_100)
            let error = await #expect(throws: ProviderError.self) { try await impatient.prepay(order) }
            #expect(error?.kind == .unknown)
            try await rig.spoil(#"{"wechat": {"silence_percent": 0, "garbage_percent": 100}}"#)
            await #expect(throws: ProviderError.self) { try await impatient.prepay(order) }
            try await rig.spoil(#"{"wechat": {"garbage_percent": 0, "forged_percent": 100}}"#)
            await #expect(throws: ProviderError.self) { try await impatient.prepay(order) }
            try await rig.spoil(#"{"wechat": {"forged_percent": 0}}"#)
            _ = try await impatient.prepay(order)
            try await eventually("it is paid") { try await impatient.transaction(outTradeNo: order.outTradeNo)?.state == .success }
            #expect(try await rig.state("wechat", "charges", "count") == 1)
        }
    }

    @Test func `a sandbox that starts again has charged whom it charged, and goes on notifying`() async throws {
        let directory = FileManager.default.temporaryDirectory.path + "/sluice-sandbox-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let ourPort = freePort()
        try await Rig.run(directory: directory, ourPort: ourPort) { rig in
            rig.answer("/notify/wechat", 503)
            _ = try await rig.weChat().prepay(prepay("order-kept", total: 2_000))
            try await eventually("it is charged") { try await rig.state("wechat", "charges", "count") == 1 }
        }
        try await Rig.run(directory: directory, ourPort: ourPort) { rig in
            #expect(try await rig.state("wechat", "charges", "count") == 1)
            #expect(try await rig.weChat().transaction(outTradeNo: "order-kept")?.state == .success)
            try await eventually("the notification comes after all") { try payments(rig, "order-kept").count == 1 }
        }
    }
}
