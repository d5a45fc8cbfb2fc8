import FoundationEssentials
import Providers
import Testing

@Suite struct `Signatures of couriers, SMS and webhooks` {
    @Test func `a published query of Kuaidi100 signs to the published value`() {
        let param = #"{"com":"yuantong","num":"12345678","phone":"","from":"","to":"","resultv2":"4","show":"0","order":"desc"}"#
        #expect(Kuaidi100Signature.query(param: param, key: "testkey123", customer: "TESTCUSTOMER") == "587F28A9C80FBAB6A7AD58EF5DB38933")
    }

    private let query: [Form.Field] = [("RegionId", "cn-shanghai"), ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd")]
    private let headers: [Form.Field] = [
        ("x-acs-version", "2014-05-26"), ("Host", "ecs.cn-shanghai.aliyuncs.com"), ("x-acs-action", "RunInstances"),
        ("x-acs-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("x-acs-date", "2023-10-26T10:22:32Z"),
        ("x-acs-signature-nonce", "3156853299f313e23d1673dc12e1703d"),
    ]

    @Test func `the published ACS3 request signs to the published value`() {
        let canonical = ACS3.canonicalRequest(
            method: "POST", query: query, headers: headers, bodyHash: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        let signature = ACS3.signature(canonicalRequest: canonical, secret: "YourAccessKeySecret")
        #expect(signature == "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")
    }

    @Test func `a request signed with ACS3 verifies, and not when anything signed is changed`() throws {
        let hash = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
        let authorization = ACS3.authorization(
            method: "POST", query: query, headers: headers, bodyHash: hash, accessKeyID: "YourAccessKeyId", secret: "YourAccessKeySecret")
        func reason(_ change: [String: String] = [:], query: [Form.Field], body: [UInt8] = [], secret: String? = "YourAccessKeySecret")
            -> VerificationError.Reason?
        {
            var all = Dictionary(
                uniqueKeysWithValues: (headers + [("authorization", authorization)]).map { ($0.name.lowercased(), $0.value) })
            all.merge(change) { $1 }
            do throws(VerificationError) {
                try ACS3.verify(
                    method: "POST", query: query, header: { all[$0.lowercased()] }, body: body,
                    secret: { $0 == "YourAccessKeyId" ? secret : nil })
                return nil
            } catch { return error.reason }
        }
        #expect(reason(query: query.reversed()) == nil)
        #expect(reason(query: [query[0]]) == .badSignature)
        #expect(reason(["x-acs-action": "Other"], query: query) == .badSignature)
        #expect(reason(query: query, body: [1]) == .badSignature)
        #expect(reason(query: query, secret: "other") == .badSignature)
        #expect(reason(query: query, secret: nil) == .unknownKey)
        #expect(reason(["authorization": "Basic x"], query: query) == .missing)
    }

    // MARK: - Standard Webhooks

    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let payload = Array(#"{"test": 2432232314}"#.utf8)
    private let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="

    private func reason(
        _ hook: StandardWebhook, _ signature: String?, at seconds: Double = 1_614_265_330, id: String = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    ) -> VerificationError.Reason? {
        do throws(VerificationError) {
            let headers = ["webhook-id": id, "webhook-timestamp": "1614265330", "webhook-signature": signature]
            try hook.verify(header: { headers[$0.lowercased()] ?? nil }, body: payload, now: Date(timeIntervalSince1970: seconds))
            return nil
        } catch { return error.reason }
    }

    @Test func `the published webhook signs to the published value`() throws {
        let hook = try StandardWebhook(secrets: [secret])
        let headers = hook.headers(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Date(timeIntervalSince1970: 1_614_265_330.9), body: payload)
        #expect(headers.map(\.name) == ["webhook-id", "webhook-timestamp", "webhook-signature"])
        #expect(headers.map(\.value) == ["msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", good])
    }

    @Test func `a webhook is believed by any of its signatures, and by no other`() throws {
        let hook = try StandardWebhook(secrets: [secret])
        let other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
        #expect(reason(hook, good) == nil)
        #expect(reason(hook, "\(other) \(good)") == nil)
        #expect(reason(hook, other) == .badSignature)
        #expect(reason(hook, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=") == .badSignature)
        #expect(reason(hook, good, id: "msg_other") == .badSignature)
        #expect(reason(hook, String(good.dropFirst(3))) == .badSignature)
        #expect(reason(hook, nil) == .missing)
        #expect(reason(hook, good, at: 1_614_265_330 + 300) == nil)
        #expect(reason(hook, good, at: 1_614_265_330 + 301) == .stale)
        #expect(reason(hook, good, at: 1_614_265_330 - 301) == .stale)
    }

    @Test func `during a rotation the old secret and the new are both good`() throws {
        let new = StandardWebhook.newSecret()
        let both = try StandardWebhook(secrets: [new, secret])
        #expect(reason(both, good) == nil)
        let signatures = both.headers(id: "msg_p5jXN8AQM9LWM0D4loKWxJek", at: Date(timeIntervalSince1970: 1_614_265_330), body: payload)[2]
            .value
        #expect(signatures.split(separator: " ").count == 2)
        #expect(reason(try StandardWebhook(secrets: [new]), signatures) == nil)
        #expect(reason(try StandardWebhook(secrets: [secret]), signatures) == nil)
        #expect(reason(try StandardWebhook(secrets: [new]), good) == .badSignature)
    }

    @Test(arguments: [[], [""], ["whsec_"], ["whsec_AAAA"], ["whsec_!!!!"]]) func `a secret that is none is refused`(secrets: [String]) {
        #expect(throws: VerificationError.self) { try StandardWebhook(secrets: secrets) }
    }

    // MARK: - Forms and times

    @Test func `forms are read as they are written`() throws {
        let fields: [Form.Field] = [("a b", "1+2=3&%"), ("名", "值~*"), ("empty", "")]
        let text = Form.encode(fields)
        #expect(text == "a%20b=1%2B2%3D3%26%25&%E5%90%8D=%E5%80%BC~%2A&empty=")
        #expect(try #require(Form.decode(Array(text.utf8))).map { "\($0.name)|\($0.value)" } == fields.map { "\($0.name)|\($0.value)" })
        #expect(try #require(Form.decode(Array("a+b=c+d".utf8)))[0] == ("a b", "c d"))
        for broken in ["a=%", "a=%4", "a=%zz", "a=%ff"] { #expect(Form.decode(Array(broken.utf8)) == nil) }
    }

    @Test func `times are read and written`() throws {
        let date = try #require(RFC3339.date("2018-06-08T10:34:56+08:00"))
        #expect(date.timeIntervalSince1970 == 1_528_425_296)
        #expect(RFC3339.date("2018-06-08T02:34:56.789Z") == date)
        #expect(RFC3339.beijing(date) == "2018-06-08T10:34:56+08:00")
        #expect(RFC3339.text(date) == "2018-06-08T02:34:56Z")
        #expect(RFC3339.beijing(plain: "2018-06-08 10:34:56") == date)
        #expect(RFC3339.beijingPlain(date) == "2018-06-08 10:34:56")
        #expect(RFC3339.text(Date(timeIntervalSince1970: 951_782_400)) == "2000-02-29T00:00:00Z")
        #expect(RFC3339.date("2000-02-29T00:00:00Z")?.timeIntervalSince1970 == 951_782_400)
        for broken in [
            "", "2018-06-08", "2018-06-08T10:34:56", "2018-13-08T10:34:56Z", "2018-06-08T10:34:56+0800", "2018-06-08T10:34:56.1",
        ] {
            #expect(RFC3339.date(broken) == nil, "\(broken)")
        }
    }
}
