import FoundationEssentials
import JSON
import Providers
import Support
import Testing

@Suite struct `Kuaidi100 couriers` {
    private func kuaidi(_ server: TestHTTPServer) -> Kuaidi100 {
        Kuaidi100(
            configuration: Kuaidi100Configuration(
                url: server.url, customer: "TESTCUSTOMER", key: "testkey123", salt: "salt", callbackURL: "http://127.0.0.1/push?shipment=1"),
            client: .forTests)
    }

    private let result = """
        {"message":"ok","state":"301","status":"200","condition":"F00","ischeck":"1","com":"yuantong","nu":"YT1","data":[\
        {"context":"已签收","time":"2012-08-28 16:33:19","ftime":"2012-08-28 16:33:19","status":"签收","statusCode":"301"},\
        {"context":"?","time":"yesterday"},\
        {"context":"在途","time":"2012-08-27 10:00:00"}],"unknown":{"a":[1]}}
        """

    @Test(arguments: [("200", Kuaidi100.Subscription.accepted), ("501", .running)])
    func `a subscription carries key, callback and salt; an existing one is as good`(code: String, expected: Kuaidi100.Subscription)
        async throws
    {
        let server = try await TestHTTPServer { _ in .answer(body: Array(#"{"result":true,"returnCode":"\#(code)","message":"m"}"#.utf8)) }
        #expect(try await kuaidi(server).subscribe(carrier: "yuantong", waybill: "YT1", phone: "1234") == expected)
        let request = try #require(server.counts.requests.first)
        let fields = try #require(Form.decode(request.body))
        #expect(request.uri == "/poll" && fields.first { $0.name == "schema" }?.value == "json")
        let text = try #require(fields.first { $0.name == "param" }?.value)
        var param = try JSONObject(parsing: Array(text.utf8))
        #expect(try param.string("company") == "yuantong")
        #expect(try param.string("key") == "testkey123")
        var parameters = try param.object("parameters")
        #expect(try parameters.string("callbackurl") == "http://127.0.0.1/push?shipment=1")
        #expect(try parameters.string("salt") == "salt")
        try await server.stop()
    }

    @Test func `a query is signed over the text sent and read into states and scans`() async throws {
        let server = try await TestHTTPServer { [result] _ in .answer(body: Array(result.utf8)) }
        let found = try await kuaidi(server).report(carrier: "yuantong", waybill: "YT1")
        let report = try #require(found)
        #expect(report.state == .delivered && report.code == "301" && report.waybill == "YT1")
        #expect(report.events.map(\.text) == ["已签收", "在途"])
        #expect(report.events[0].at == RFC3339.date("2012-08-28T16:33:19+08:00"))
        let request = try #require(server.counts.requests.first)
        let fields = try #require(Form.decode(request.body))
        let param = try #require(fields.first { $0.name == "param" }?.value)
        #expect(
            fields.first { $0.name == "sign" }?.value == Kuaidi100Signature.query(param: param, key: "testkey123", customer: "TESTCUSTOMER")
        )
        try await server.stop()
    }

    @Test func `return codes fall into their classes`() async throws {
        func outcome(_ code: String) async throws -> ProviderError? {
            let server = try await TestHTTPServer { _ in
                .answer(body: Array(#"{"result":false,"returnCode":"\#(code)","message":"m"}"#.utf8))
            }
            let kuaidi = kuaidi(server)
            let error = await failure { () throws(ProviderError) in try await kuaidi.report(carrier: "yuantong", waybill: "YT1") }
            try await server.stop()
            return error
        }
        #expect(try await outcome("500") == nil)
        #expect(try await outcome("502")?.kind == .transient(retryAfter: nil))
        #expect(try await outcome("504")?.kind == .throttled(retryAfter: .seconds(1800)))
        #expect(try await outcome("503")?.kind == .blocked(code: "503", message: "m"))
        #expect(try await outcome("408")?.kind == .refused(code: "408", message: "m"))
    }

    @Test(arguments: [
        ("0", CourierState.moving), ("1", .moving), ("5", .moving), ("501", .moving), ("8", .moving), ("10", .moving), ("12", .moving),
        ("1001", .moving), ("7", .moving),
        ("3", .delivered), ("301", .delivered), ("304", .delivered), ("2", .exception), ("203", .exception), ("4", .exception),
        ("401", .exception),
        ("14", .exception), ("6", .exception), ("13", .exception), ("", .moving), ("99", .moving),
    ]) func `its states are ours`(code: String, state: CourierState) {
        #expect(CourierState(kuaidi100: code) == state)
    }

    private func push(_ param: String, salt: String = "salt") -> [UInt8] {
        Array(Form.encode([("sign", Kuaidi100Signature.push(param: param, salt: salt)), ("param", param)]).utf8)
    }

    @Test func `a genuine push is read`() throws {
        let pushes = Kuaidi100Pushes(salt: "salt")
        let moved = try pushes.open(
            body: push(
                #"{"status":"shutdown","billstatus":"check","message":"","autoCheck":"1","comOld":"yuantong","comNew":"ems","lastResult":\#(result)}"#
            ))
        #expect(moved.status == .shutdown && moved.correctedCarrier == "ems" && moved.report?.state == .delivered)
        let given = try pushes.open(
            body: push(#"{"status":"abort","message":"3天查询无记录","autoCheck":"0","comNew":"","lastResult":{"message":"x"}}"#))
        #expect(given.status == .abort && given.correctedCarrier == nil && given.report == nil)
    }

    @Test func `a push that is forged or garbage is not believed`() {
        let pushes = Kuaidi100Pushes(salt: "salt")
        func reason(_ body: [UInt8]) -> VerificationError.Reason? {
            do throws(VerificationError) {
                _ = try pushes.open(body: body)
                return nil
            } catch { return error.reason }
        }
        #expect(reason(push(#"{"status":"polling","lastResult":\#(result)}"#)) == nil)
        #expect(reason(push(#"{"status":"polling"}"#, salt: "other")) == .badSignature)
        #expect(reason(push(#"{"status":"polling"}"#)) == .unreadable)
        #expect(reason(push("{}")) == .unreadable)
        #expect(reason(Array("param=%7B%7D".utf8)) == .missing)
        #expect(reason(Array("sign=a".utf8)) == .missing)
        #expect(reason([0xFF, 0xFE]) == .unreadable)
    }
}

@Suite struct `Alibaba Cloud SMS` {
    private let sms = SMS(phone: "15300000001", template: "SMS_1", parameters: [("name", "李\"雷")], outID: "notice-1")

    private func service(_ server: TestHTTPServer) -> AliyunSMS {
        AliyunSMS(
            configuration: AliyunSMSConfiguration(url: server.url, accessKeyID: "id", accessKeySecret: "secret", signName: "店"),
            client: .forTests,
            now: { Date(timeIntervalSince1970: 1_698_315_752) })
    }

    @Test func `a message is signed, complete, and keeps the phone out of the URL`() async throws {
        let server = try await TestHTTPServer { _ in
            .answer(body: Array(#"{"Message":"OK","RequestId":"r","BizId":"9^0","Code":"OK"}"#.utf8))
        }
        #expect(try await service(server).send(sms) == "9^0")
        let request = try #require(server.counts.requests.first)
        #expect(request.uri == "/")
        #expect(request.header("x-acs-action") == "SendSms")
        #expect(request.header("x-acs-date") == "2023-10-26T10:22:32Z")
        try ACS3.verify(
            method: "POST", query: [], header: { request.header($0.lowercased()) }, body: request.body,
            secret: { $0 == "id" ? "secret" : nil })
        let decoded = try #require(Form.decode(request.body))
        let fields = Dictionary(uniqueKeysWithValues: decoded.map { ($0.name, $0.value) })
        #expect(
            fields == [
                "PhoneNumbers": "15300000001", "SignName": "店", "TemplateCode": "SMS_1", "TemplateParam": #"{"name":"李\"雷"}"#,
                "OutId": "notice-1",
            ])
        try await server.stop()
    }

    @Test(arguments: [
        (200, "isv.BUSINESS_LIMIT_CONTROL", "触发分钟级流控Permits:1", ProviderError.Kind.throttled(retryAfter: .seconds(60))),
        (200, "isv.BUSINESS_LIMIT_CONTROL", "触发小时级流控Permits:5", .throttled(retryAfter: .seconds(3600))),
        // 18:22:32 in China.
        (200, "isv.BUSINESS_LIMIT_CONTROL", "触发天级流控Permits:10", .throttled(retryAfter: .seconds(20_248))),
        (400, "Throttling.User", "m", .throttled(retryAfter: .seconds(60))),
        (200, "isp.SYSTEM_ERROR", "m", .transient(retryAfter: nil)), (503, "ServiceUnavailable", "m", .transient(retryAfter: nil)),
        (200, "isv.MOBILE_NUMBER_ILLEGAL", "m", .refused(code: "isv.MOBILE_NUMBER_ILLEGAL", message: "m")),
        (200, "isv.SOMETHING_NEW", "m", .refused(code: "isv.SOMETHING_NEW", message: "m")),
        (200, "isp.SOMETHING_NEW", "m", .transient(retryAfter: nil)),
        (200, "isv.AMOUNT_NOT_ENOUGH", "m", .blocked(code: "isv.AMOUNT_NOT_ENOUGH", message: "m")),
        (200, "isp.RAM_PERMISSION_DENY", "m", .blocked(code: "isp.RAM_PERMISSION_DENY", message: "m")),
        (400, "SignatureDoesNotMatch", "m", .blocked(code: "SignatureDoesNotMatch", message: "m")),
    ]) func `codes fall into their classes`(status: Int, code: String, message: String, kind: ProviderError.Kind) async throws {
        let server = try await TestHTTPServer { _ in
            .answer(status: status, body: Array(#"{"Code":"\#(code)","Message":"\#(message)","RequestId":"r"}"#.utf8))
        }
        let service = service(server)
        #expect(await failure { () throws(ProviderError) in try await service.send(sms) }?.kind == kind)
        try await server.stop()
    }

    @Test func `a message whose fate is not known is told apart`() async throws {
        let server = try await TestHTTPServer { _ in .close }
        let service = service(server)
        #expect(await failure { () throws(ProviderError) in try await service.send(sms) }?.kind == .unknown)
        try await server.stop()
        #expect(await failure { () throws(ProviderError) in try await service.send(sms) }?.kind == .away)
    }
}
