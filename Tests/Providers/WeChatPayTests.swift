import FoundationEssentials
import JSON
import Providers
import Support
import Testing

@Suite struct `WeChat Pay` {
    private let wechat = WeChatFixture()
    private let prepay = WeChatPrepay(
        outTradeNo: "0123456789abcdef0123456789abcdef", description: "订单", total: 100, expiresAt: Date(timeIntervalSince1970: 1_528_425_296)
    )
    private let paid = """
        {"appid":"wx1","mchid":"1900007291","out_trade_no":"T-1","transaction_id":"42","trade_state":"SUCCESS","trade_type":"NATIVE",\
        "success_time":"2018-06-08T10:34:56+08:00","amount":{"total":100,"payer_total":100,"currency":"CNY"}}
        """

    @Test func `a prepay is signed, complete, and brings the code`() async throws {
        let server = try await TestHTTPServer { [wechat] _ in wechat.answer(200, #"{"code_url":"weixin://wxpay/bizpayurl?pr=1"}"#) }
        #expect(try await wechat.pay(at: server).prepay(prepay) == "weixin://wxpay/bizpayurl?pr=1")
        let request = try #require(server.counts.requests.first)
        #expect(try wechat.isSigned(request))
        #expect(request.method == "POST" && request.uri == "/v3/pay/transactions/native")
        var body = try JSONObject(parsing: request.body)
        #expect(try body.string("appid") == "wx1")
        #expect(try body.string("mchid") == "1900007291")
        #expect(try body.string("out_trade_no") == prepay.outTradeNo)
        #expect(try body.string("time_expire") == "2018-06-08T10:34:56+08:00")
        #expect(try body.string("notify_url") == "https://example.com/notify")
        var amount = try body.object("amount")
        #expect(try amount.integer("total") == 100)
        #expect(try amount.string("currency") == "CNY")
        try await server.stop()
    }

    @Test func `a query tells a paid payment, and one never heard of`() async throws {
        let server = try await TestHTTPServer { [wechat, paid] request in
            request.uri.contains("/T-1?")
                ? wechat.answer(200, paid) : .answer(status: 404, body: Array(#"{"code":"ORDER_NOT_EXIST","message":"订单不存在"}"#.utf8))
        }
        let pay = try wechat.pay(at: server)
        let found = try await pay.transaction(outTradeNo: "T-1")
        let transaction = try #require(found)
        #expect(transaction.state == .success && transaction.state.isPaid)
        #expect(transaction.total == 100 && transaction.currency == "CNY" && transaction.transactionID == "42")
        #expect(transaction.paidAt == Date(timeIntervalSince1970: 1_528_425_296))
        #expect(try await pay.transaction(outTradeNo: "T-2") == nil)
        let request = try #require(server.counts.requests.first)
        #expect(request.uri == "/v3/pay/transactions/out-trade-no/T-1?mchid=1900007291")
        #expect(try wechat.isSigned(request))
        try await server.stop()
    }

    @Test func `an answer about another payment is not taken for this one`() async throws {
        let server = try await TestHTTPServer { [wechat, paid] _ in wechat.answer(200, paid) }
        let pay = try wechat.pay(at: server)
        #expect(await failure { () throws(ProviderError) in try await pay.transaction(outTradeNo: "T-9") }?.kind == .unknown)
        try await server.stop()
    }

    @Test(arguments: [
        (204, "", WeChatClosing.closed), (400, "ORDER_CLOSED", .closed), (400, "ORDERPAID", .paid), (400, "ORDER_PAID", .paid),
        (404, "ORDERNOTEXIST", .absent),
    ]) func `closing tells what came of it`(status: Int, code: String, closing: WeChatClosing) async throws {
        let server = try await TestHTTPServer { [wechat] _ in
            status == 204 ? wechat.answer(204, "") : .answer(status: status, body: Array(#"{"code":"\#(code)","message":"m"}"#.utf8))
        }
        #expect(try await wechat.pay(at: server).close(outTradeNo: "T-1") == closing)
        let request = try #require(server.counts.requests.first)
        #expect(request.uri == "/v3/pay/transactions/out-trade-no/T-1/close")
        #expect(String(decoding: request.body, as: UTF8.self) == #"{"mchid":"1900007291"}"#)
        try await server.stop()
    }

    @Test func `a refund is keyed by our number and accepted before it is done`() async throws {
        let answer = """
            {"refund_id":"50","out_refund_no":"R-1","transaction_id":"42","out_trade_no":"T-1","channel":"ORIGINAL","status":"PROCESSING",\
            "amount":{"total":100,"refund":100,"currency":"CNY"}}
            """
        let server = try await TestHTTPServer { [wechat] request in
            request.uri.hasSuffix("R-2")
                ? .answer(status: 404, body: Array(#"{"code":"RESOURCE_NOT_EXISTS"}"#.utf8)) : wechat.answer(200, answer)
        }
        let pay = try wechat.pay(at: server)
        let refund = try await pay.refund(
            WeChatRefundRequest(outTradeNo: "T-1", outRefundNo: "R-1", refund: 100, total: 100, reason: "late"))
        #expect(refund.state == .processing && refund.refundID == "50" && refund.refund == 100)
        #expect(try await pay.refund(outRefundNo: "R-1") == refund)
        #expect(try await pay.refund(outRefundNo: "R-2") == nil)
        var body = try JSONObject(parsing: server.counts.requests[0].body)
        #expect(try body.string("out_refund_no") == "R-1")
        try await server.stop()
    }

    @Test(arguments: [
        (429, "FREQUENCY_LIMITED", ProviderError.Kind.throttled(retryAfter: .seconds(9))),
        (500, "SYSTEM_ERROR", .transient(retryAfter: .seconds(9))),
        (503, "SERVICE_UNAVAILABLE", .transient(retryAfter: .seconds(9))),
    ]) func `a failure that may pass says so, and when`(status: Int, code: String, kind: ProviderError.Kind) async throws {
        let server = try await TestHTTPServer { _ in
            .answer(status: status, headers: [("Retry-After", "9")], body: Array(#"{"code":"\#(code)","message":"m"}"#.utf8))
        }
        let pay = try wechat.pay(at: server)
        let error = await failure { () throws(ProviderError) in try await pay.prepay(prepay) }
        #expect(error?.kind == kind)
        #expect(error?.isTransient == true)
        #expect(error?.retryAfter == .seconds(9))
        #expect(error?.party == "wechat")
        try await server.stop()
    }

    @Test(arguments: [(401, "SIGN_ERROR"), (403, "NO_AUTH"), (403, "NOT_ENOUGH")]) func `what only an operator can mend is told apart`(
        status: Int, code: String
    )
        async throws
    {
        let server = try await TestHTTPServer { _ in .answer(status: status, body: Array(#"{"code":"\#(code)","message":"m"}"#.utf8)) }
        let pay = try wechat.pay(at: server)
        let error = await failure { () throws(ProviderError) in try await pay.prepay(prepay) }
        guard case .blocked(code, _)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        try await server.stop()
    }

    @Test(arguments: [(400, "PARAM_ERROR"), (403, "OUT_TRADE_NO_USED"), (500, "INVALID_TRANSACTIONID")]) func `a refusal stays a refusal`(
        status: Int, code: String
    )
        async throws
    {
        let server = try await TestHTTPServer { _ in .answer(status: status, body: Array(#"{"code":"\#(code)","message":"m"}"#.utf8)) }
        let pay = try wechat.pay(at: server)
        let error = await failure { () throws(ProviderError) in try await pay.prepay(prepay) }
        guard case .refused(code, _)? = error?.kind else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(error?.isTransient == false)
        try await server.stop()
    }

    @Test func `an outcome that is not known is told apart from nobody being there`() async throws {
        let silent = try await TestHTTPServer { _ in .nothing }
        let closing = try await TestHTTPServer { _ in .close }
        let garbage = try await TestHTTPServer { [wechat] _ in wechat.answer(200, "<html>") }
        let forged = try await TestHTTPServer { _ in .answer(body: Array(#"{"code_url":"weixin://evil"}"#.utf8)) }
        for server in [silent, closing, garbage, forged] {
            let pay = try wechat.pay(at: server, deadline: .milliseconds(300))
            #expect(await failure { () throws(ProviderError) in try await pay.prepay(prepay) }?.kind == .unknown)
            try await server.stop()
        }
        let pay = try wechat.pay(at: silent)
        #expect(await failure { () throws(ProviderError) in try await pay.prepay(prepay) }?.kind == .away)
    }

    // MARK: - Notifications

    private func notification(_ event: String, _ text: String, key: WeChatResourceKey) throws -> [UInt8] {
        let sealed = try key.seal(Array(text.utf8), nonce: "uluk4a9R25RW", associatedData: "transaction")
        return JSONWriter.object { json in
            json.member("id", "EV-1")
            json.member("event_type", event)
            json.object("resource") { json in
                json.member("algorithm", "AEAD_AES_256_GCM")
                json.member("ciphertext", sealed)
                json.member("nonce", "uluk4a9R25RW")
                json.member("associated_data", "transaction")
            }
        }
    }

    private func open(_ body: [UInt8], merchantID: String = "1900007291", signedAs signed: [UInt8]? = nil) throws -> WeChatNotification {
        let notifications = WeChatNotifications(
            platform: try WeChatPlatform(keys: [wechat.serial: wechat.platform.publicKeyPEM]), key: try WeChatResourceKey(wechat.apiKey),
            merchantID: merchantID)
        let headers = WeChatPaySignature.responseHeaders(
            serial: wechat.serial, signer: wechat.platform, timestamp: Int64(wechat.now.timeIntervalSince1970), nonce: "n",
            body: signed ?? body)
        return try notifications.open(
            header: { name in headers.first { $0.name.lowercased() == name.lowercased() }?.value }, body: body, now: wechat.now)
    }

    @Test func `a genuine notification is opened`() throws {
        let key = try WeChatResourceKey(wechat.apiKey)
        let notification = try open(try notification("TRANSACTION.SUCCESS", paid, key: key))
        #expect(notification.id == "EV-1")
        guard case .transaction(let transaction) = notification.content else {
            Issue.record("\(notification)")
            return
        }
        #expect(transaction.outTradeNo == "T-1" && transaction.total == 100)
        let refund = """
            {"mchid":"1900007291","out_trade_no":"T-1","transaction_id":"42","out_refund_no":"R-1","refund_id":"50","refund_status":"SUCCESS",\
            "amount":{"total":100,"refund":100,"payer_total":100,"payer_refund":100}}
            """
        guard case .refund(let told) = try open(try self.notification("REFUND.SUCCESS", refund, key: key)).content else {
            Issue.record("no refund")
            return
        }
        #expect(told.state == .success && told.outRefundNo == "R-1")
        #expect(
            try open(try self.notification("PAYSCORE.USER_OPEN_SERVICE", "{}", key: key)).content == .other("PAYSCORE.USER_OPEN_SERVICE"))
    }

    @Test func `a notification that is forged, foreign or garbage is not believed`() throws {
        let key = try WeChatResourceKey(wechat.apiKey)
        let genuine = try notification("TRANSACTION.SUCCESS", paid, key: key)
        let strange = try notification("TRANSACTION.SUCCESS", paid, key: try WeChatResourceKey("b7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"))
        func reason(_ call: () throws -> WeChatNotification) -> VerificationError.Reason? {
            do { _ = try call() } catch { return (error as? VerificationError)?.reason }
            return nil
        }
        #expect(reason { try open(genuine + [32], signedAs: genuine) } == .badSignature)
        #expect(reason { try open(genuine, merchantID: "1") } == .unreadable)
        #expect(reason { try open(strange) } == .unreadable)
        #expect(reason { try open(Array("not JSON".utf8)) } == .unreadable)
        #expect(reason { try open(try notification("TRANSACTION.SUCCESS", "[]", key: key)) } == .unreadable)
    }
}
