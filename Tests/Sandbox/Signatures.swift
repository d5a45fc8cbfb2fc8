import CryptoExtras
import FoundationEssentials
import JSON
import Testing

@testable import Sandbox

/// The sandbox's own verification and signing, against vectors that the providers publish.
@Suite struct Signatures {
    /// The public half of the sample merchant key in WeChat Pay's documentation.
    private static let merchantKey = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptpm+qvIDCh/9wjU26SQ
        CK26ogYkBhDrYxnAaw2JbbBsp1oDbHKk+1r381NeBUG2HEFAuU+Fr72u5ot3yKdz
        oF/FajAzQNKnm569/D3upKoi8mYBaST15Uig8j8qoUW1U217LL0jEHlSnHV3lcaD
        TXqDpTRR4Bfz9IqOgJgFZ8/oTfEomSrjrLYef81Eyxr7ZIMQXEKKEK7V4UXKS0+/
        fDsiG/cXidhzt8UbTL9vqXqxM2+IDImyO+FAc/tkBG55LmzxPto1Nq0WbnZzRM/w
        Tzrd0I/8NlevxtFbphg4evlHjFNI7+GrqR87ViEwuAJJ9Je5QQjct5YJfFRWiZ5C
        MQIDAQAB
        -----END PUBLIC KEY-----
        """
    private static let serial = "408B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"
    private static let nonce = "593BEC0C930BF1AFEB40B4A08C8FB242"
    private static let body =
        #"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#
    private static let signature =
        "jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A=="

    private let platformKey = try! _RSA.Signing.PrivateKey(keySize: .bits2048)

    private func seal() throws -> WeChatSeal {
        try WeChatSeal(
            merchantNumber: "1900007291", merchantSerial: Self.serial, merchantKey: Self.merchantKey, platformSerial: "PUB_KEY_ID_1",
            platformKey: platformKey.pemRepresentation, apiKey: "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb")
    }

    private func call(
        body: String = Self.body, signature: String = Self.signature, mchid: String = "1900007291", serial: String = Self.serial,
        timestamp: Int = 1_554_208_460, now: Double = 1_554_208_460, target: String = "/v3/pay/transactions/jsapi", mount: String = ""
    ) -> Call {
        let fields =
            #"mchid="\#(mchid)",nonce_str="\#(Self.nonce)",signature="\#(signature)",timestamp="\#(timestamp)",serial_no="\#(serial)""#
        return Call(
            method: "POST", target: target, mount: mount, headers: ["authorization": "WECHATPAY2-SHA256-RSA2048 " + fields],
            body: Array(body.utf8), now: Date(timeIntervalSince1970: now))
    }

    @Test func `the signature that WeChat Pay publishes is believed, also behind a mount`() throws {
        try seal().verify(call())
        try seal().verify(call(target: "/wechat/v3/pay/transactions/jsapi", mount: "/wechat"))
    }

    @Test func `a request is refused when its body, path, time, merchant, serial or signature is another`() throws {
        let seal = try seal()
        let forged = [
            call(body: Self.body.replacing("100", with: "101")), call(target: "/v3/pay/transactions/native"),
            call(timestamp: 1_554_208_461), call(now: 1_554_208_460 + 301), call(now: 1_554_208_460 - 301), call(mchid: "1900007292"),
            call(serial: "508B07E79B8269FEC3D5D3E6AB8ED163A6A380DB"), call(signature: "AAAA" + Self.signature.dropFirst(4)),
            call(signature: "not base64"),
        ]
        for call in forged { #expect(throws: WeChatSeal.Refusal.self) { try seal.verify(call) } }
        #expect(throws: WeChatSeal.Refusal.self) {
            try seal.verify(Call(method: "GET", target: "/", mount: "", headers: [:], body: [], now: Date()))
        }
    }

    @Test func `an answer carries a signature over its time, nonce and body, and a probe's does not verify`() throws {
        let body = Array(#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#.utf8)
        for (isProbe, isBelieved) in [(false, true), (true, false)] {
            let headers = Dictionary(
                uniqueKeysWithValues: try seal().headers(signing: body, at: Date(timeIntervalSince1970: 1_722_850_421), isProbe: isProbe)
                    .map { ($0.name, $0.value) })
            let nonce = try #require(headers["Wechatpay-Nonce"])
            let signature = try #require(headers["Wechatpay-Signature"])
            #expect(headers["Wechatpay-Timestamp"] == "1722850421" && headers["Wechatpay-Serial"] == "PUB_KEY_ID_1")
            #expect(signature.hasPrefix("WECHATPAY/SIGNTEST/") == isProbe)
            let message = Array("1722850421\n\(nonce)\n".utf8) + body + [0x0A]
            let raw = Data(base64Encoded: signature) ?? Data()
            #expect(platformKey.publicKey.verifies(raw, message) == isBelieved)
        }
    }

    @Test func `Kuaidi100's sign of the reference query is the published one`() {
        let param = #"{"com":"yuantong","num":"12345678","phone":"","from":"","to":"","resultv2":"4","show":"0","order":"desc"}"#
        #expect(Kuaidi100.signature(param + "testkey123" + "TESTCUSTOMER") == "587F28A9C80FBAB6A7AD58EF5DB38933")
    }

    @Test func `Aliyun's published ACS3 request is believed, and no other`() throws {
        let signature = "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        let names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version"
        func call(
            image: String = "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd", names: String = names,
            now: String = "2023-10-26T10:22:32Z"
        ) -> Call {
            Call(
                method: "POST", target: "/?ImageId=\(image)&RegionId=cn-shanghai", mount: "",
                headers: [
                    "host": "ecs.cn-shanghai.aliyuncs.com", "x-acs-action": "RunInstances", "x-acs-version": "2014-05-26",
                    "x-acs-date": "2023-10-26T10:22:32Z", "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
                    "x-acs-content-sha256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
                    "authorization": "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=\(names),Signature=\(signature)",
                ], body: [], now: BeijingTime.parse(now)!)
        }
        let aliyun = ACS3(accessKeyID: "YourAccessKeyId", secret: "YourAccessKeySecret")
        #expect(try aliyun.verify(call()) == "3156853299f313e23d1673dc12e1703d")
        #expect(throws: ACS3.Refusal.self) { try aliyun.verify(call(image: "other.vhd")) }
        #expect(throws: ACS3.Refusal.self) { try aliyun.verify(call(now: "2023-10-26T10:38:00Z")) }
        #expect(throws: ACS3.Refusal.self) { try aliyun.verify(call(names: names.replacing(";x-acs-version", with: ""))) }
        #expect(throws: ACS3.Refusal.self) { try ACS3(accessKeyID: "YourAccessKeyId", secret: "Another").verify(call()) }
    }

    @Test func `the published standard webhook is believed alone or among others, and not when a bit or the time differs`() throws {
        let seal = try #require(WebhookSeal(secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"))
        func call(_ signature: String, now: Double = 1_614_265_330) -> Call {
            Call(
                method: "POST", target: "/merchant/webhooks", mount: "/merchant",
                headers: [
                    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330", "webhook-signature": signature,
                ], body: Array(#"{"test": 2432232314}"#.utf8), now: Date(timeIntervalSince1970: now))
        }
        let good = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
        let other = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
        #expect(try seal.verify(call(good)) == "msg_p5jXN8AQM9LWM0D4loKWxJek")
        #expect(try seal.verify(call("\(other) v2,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= \(good)")) == "msg_p5jXN8AQM9LWM0D4loKWxJek")
        #expect(throws: WebhookSeal.Refusal.self) { try seal.verify(call("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OA=")) }
        #expect(throws: WebhookSeal.Refusal.self) { try seal.verify(call(good, now: 1_614_265_330 + 301)) }
        #expect(WebhookSeal(secret: "whsec_") == nil)
    }
}
