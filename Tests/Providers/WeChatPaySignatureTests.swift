import FoundationEssentials
import Providers
import Testing

@Suite struct `WeChat Pay signatures` {
    @Test func `the merchant's published signatures verify over our canonical strings`() throws {
        let verifier = try RSAVerifier(pem: Vectors.merchantPublicKey)
        let body =
            #"{"appid":"wxd678efh567hg6787","mchid":"1900007291","description":"Image形象店-深圳腾大-QQ公仔","out_trade_no":"1217752501201407033233368018","notify_url":"https://www.weixin.qq.com/wxpay/pay.php","amount":{"total":100,"currency":"CNY"},"payer":{"openid":"oUpF8uMuAJO_M2pxb1Q9zNjWeS6o"}}"#
        let cases: [(method: String, path: String, body: String, signature: String)] = [
            (
                "POST", "/v3/pay/transactions/jsapi", body,
                "jnks4dlrPw3ZX+ozVvSK39oa0t7OMBsg83BHAwd8BRdUFiVaQNTLTvci+wURgP1OQBbKYhFGvt7iqYpDSTQkp7Uq1sltaQKyncCyrA1g88m5bsKERQfPyT0ahSwKTYJ1CAn9QiJuSJRq1QsQs07eehbU/k9BCS51jTyc1Jpsi2H77HF9f/BnjXAOP3/sPObg6V5Ee4EzwLox684hhuMuIwHo7D8KFk3LIHOKDcNI4It1aCXydFWNpNK+SG86VUDe5kwoDpw4Ulqfu9z8OFDGbDs9TCxEv8iqQzbpxOlEVoOe2kalSYM5kApQb3nZcxdUtoE0liJGW3RGUNE0t4v01A=="
            ),
            (
                "GET", "/v3/refund/domestic/refunds/123123123123", "",
                "Lc9VXxmeonkdV8Xk9tmigQFLhl0vRWTerdmoRu01aAnYwIrD/5nsSwE1WlmZGLRlAFTNQ3QsMa0+VRDlJp1Wp5p0nO8EK68b5sJBbjouxaFciIfq1zfDWWz+jqhcMoKXI1A6dPm1AW7D4d30WsMTNzp6g23OXakIsh9LO3lUmwvTuE0BY8ncf6tNGk4wKmvXwERd/ZpoQY3MAVKz+Nakwc+2XBmzT66KcUehU5kr4IvGa/lEU5RZb/q00zP9VLdBhC/jQSX3X1UcJLCtEc4gTmib4tnmAT+bHF/e17ZAuxDNcx6rqT8gNEXqaJGG+1OflMSTU2tpyG65G4dMKdFcoA=="
            ),
            (
                "GET", "/v3/certificates", "",
                "JNEITrKv8DWEtBJGZtxG9ARa+eIZDIn1Ht3MQM5j9jP77TtHdfCqLjpwevfWftBuaGMfEdiu2sWYtLvnZIoLW3FH10OVCBzKncid5xClTwav8JX+uDeGBBX8w64iHvFyuQj8ukZT+F1AFJii8hmXLD8Os90thnL0bfJYLo/4K237TH4dEd44NTH9ElFb/ykrvv9RBs+mCNpy5IUe2Qxhba3d3RiMqhWK2sSr3tsVzQihJ0TPMnjWqoU2W5Y/v3rBFDmLhqe0ZW6A4vyvjmiR0v/8XEI25Py4PNyZXszsdl4j0zLqelUJxGEMUBhYg1LIoDPjYMlA9HV1yKD6+JYZJA=="
            ),
        ]
        for one in cases {
            let message = WeChatPaySignature.requestMessage(
                method: one.method, path: one.path, timestamp: 1_554_208_460, nonce: "593BEC0C930BF1AFEB40B4A08C8FB242",
                body: Array(one.body.utf8))
            #expect(verifier.verify(message, signature: one.signature), "\(one.path)")
            #expect(!verifier.verify(message + [10], signature: one.signature))
        }
    }

    @Test func `the platform's published answer is believed, at its time only`() throws {
        let serial = "PUB_KEY_ID_0000000000000024101100397200000006"
        let platform = try WeChatPlatform(keys: [serial: Vectors.platformPublicKey])
        let body = Array(#"{"code_url":"weixin://wxpay/bizpayurl?pr=JyC91EIz1"}"#.utf8)
        let headers = [
            "wechatpay-serial": serial, "wechatpay-timestamp": "1722850421", "wechatpay-nonce": "d824f2e086d3c1df967785d13fcd22ef",
            "wechatpay-signature":
                "mfI1CPqvBrgcXfgXMFjdNIhBf27ACE2YyeWsWV9ZI7T7RU0vHvbQpu9Z32ogzc+k8ZC5n3kz7h70eWKjgqNdKQF0eRp8mVKlmfzMLBVHbssB9jEZEDXThOX1XFqX7s7ymia1hoHQxQagPGzkdWxtlZPZ4ZPvr1RiqkgAu6Is8MZgXXrRoBKqjmSdrP1N7uxzJ/cjfSiis9FiLjuADoqmQ1P7p2N876YPAol7Rn0+GswwAwxldbdLrmVSjfytfSBJFqTMHn4itojgxSWWN1byuckQt8hSTEv/Lg97QoeGniYP17T80pJeQyL3b+295FPHSO2AtvCgyIbKMZ0BALilAA==",
        ]
        func reason(_ change: [String: String?] = [:], body: [UInt8], at seconds: Double = 1_722_850_421) -> VerificationError.Reason? {
            do throws(VerificationError) {
                let header = { (name: String) -> String? in
                    if let changed = change[name.lowercased()] { return changed }
                    return headers[name.lowercased()]
                }
                try platform.verify(header: header, body: body, now: Date(timeIntervalSince1970: seconds))
                return nil
            } catch { return error.reason }
        }
        #expect(reason(body: body) == nil)
        #expect(reason(body: body, at: 1_722_850_421 + 300) == nil)
        #expect(reason(body: body, at: 1_722_850_421 - 300) == nil)
        #expect(reason(body: body, at: 1_722_850_421 + 301) == .stale)
        #expect(reason(body: body, at: 1_722_850_421 - 301) == .stale)
        #expect(reason(body: body + [32]) == .badSignature)
        #expect(reason(["wechatpay-nonce": "other"], body: body) == .badSignature)
        #expect(reason(["wechatpay-serial": "OTHER"], body: body) == .unknownKey)
        #expect(reason(["wechatpay-signature": "WECHATPAY/SIGNTEST/abcd"], body: body) == .badSignature)
        #expect(reason(["wechatpay-signature-type": "WECHATPAY2-SM2-WITH-SM3"], body: body) == .unknownKey)
        #expect(reason(["wechatpay-timestamp": "soon"], body: body) == .missing)
        for name in headers.keys { #expect(reason([name: String?.none], body: body) == .missing, "\(name)") }
    }

    @Test func `the published notification's signature verifies over its raw bytes`() throws {
        let verifier = try RSAVerifier(pem: Vectors.testPlatformPublicKey)
        let body =
            #"{"id":"3119dfba-e649-5eec-ab1e-3412bc4d2e17","create_time":"2021-06-24T16:37:26+08:00","resource_type":"encrypt-resource","event_type":"PAYSCORE.USER_OPEN_SERVICE","summary":"签约成功","resource":{"original_type":"payscore","algorithm":"AEAD_AES_256_GCM","ciphertext":"YDS3lKPaC4Y52Gf3uhft5qUBlIa8b428AWTtTauHQfQrRw+X1WpiuHIDy0vo1Vd6VEq67aVyqPdDYMkRVSDaZL3iZttevRMOoPKMifozg6XPWjIZumks/GpT48lI4NizyeaqLBokNebthah3o1H76qSlO9NkDjp9bzmKLEYYH9TEklFUpsvPqOTOcgSLgh21YJXYR7dEBXFgRLiNIKRgO5JdXh1hccRUAlyVWxE54PXpnQ==","associated_data":"payscore","nonce":"Kj7QIyUiYx1q"}}"#
        let message = WeChatPaySignature.responseMessage(
            timestamp: "1624523846", nonce: "EcZ9Cmy4Xyx1i6RlJQzLcCyEqDa26NBz", body: Array(body.utf8))
        let signature =
            "tJHIiIS9eB2hAYstmAmbbD3ZE5LiIm/Ug5tuL4fC0YOFRWIHV39UFIZXC0e9Wl6lBu6sKvkqDkzpqzBsVHyXFlbYZTOQrVdG4b6LfTnK4mikv9++ixJMd3vTf2yCqvBkh98zs3Ds5zsYQakzbcwhmw4fMJs4nPLws28H0UW9FjDR//rxELLwXvV1VEA1IBLX70xptjL8hrfUjEE8kkry6yNJTHZRU8CAc7qHli2Ng1V1qb9ARbK8A3ThmFmPQvRGrapI/jS2laKKgYUmfdEdkNO6B2Cke5e8VTxY406ArAmQ90GAihDwIcb16TQMnzCMBoutnwZKNiKRACrFmtxw2Q=="
        #expect(verifier.verify(message, signature: signature))
        #expect(!verifier.verify(message, signature: "not Base64!"))
    }

    @Test func `what we sign is what the other side verifies, in any order of the header's fields`() throws {
        let signer = RSASigner.generate()
        let verifier = try RSAVerifier(pem: signer.publicKeyPEM)
        let body = Array("{}".utf8)
        let made = WeChatAuthorization(
            merchantID: "1900007291", serial: "408B07E7", signer: try RSASigner(pem: signer.privateKeyPEM), method: "POST",
            path: "/v3/x?y=1",
            timestamp: 1_554_208_460, nonce: "N", body: body)
        let read = try #require(WeChatAuthorization(parsing: made.headerValue))
        #expect(read == made)
        #expect(read.isValid(method: "POST", path: "/v3/x?y=1", body: body, verifier: verifier))
        #expect(!read.isValid(method: "POST", path: "/v3/x", body: body, verifier: verifier))
        let turned = made.headerValue.split(separator: " ", maxSplits: 1)
        let fields = turned[1].split(separator: ",").reversed().joined(separator: ", ")
        #expect(WeChatAuthorization(parsing: "\(turned[0]) \(fields)") == made)
        #expect(WeChatAuthorization(parsing: "Bearer x") == nil)
        #expect(WeChatAuthorization(parsing: "WECHATPAY2-SHA256-RSA2048 mchid=\"1\"") == nil)
    }

    @Test func `a published resource opens, and seals to the same text`() throws {
        let key = try WeChatResourceKey("a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb")
        let sealed = "ulwSiIajGClcvcOYvOQ7+l+0PAbzzwI="
        #expect(try key.open(ciphertext: sealed, nonce: "uluk4a9R25RW", associatedData: "associatedData") == Array("message".utf8))
        #expect(try key.seal(Array("message".utf8), nonce: "uluk4a9R25RW", associatedData: "associatedData") == sealed)
        #expect(throws: VerificationError.self) { try key.open(ciphertext: sealed, nonce: "uluk4a9R25RW", associatedData: "other") }
        #expect(throws: VerificationError.self) { try key.open(ciphertext: "AAAA", nonce: "uluk4a9R25RW", associatedData: "") }
        #expect(throws: VerificationError.self) { try key.open(ciphertext: sealed, nonce: "", associatedData: "associatedData") }
    }

    @Test func `a key that is not of 32 bytes is refused`() {
        #expect(throws: VerificationError.self) { try WeChatResourceKey("testAPIv3Key0000") }
        #expect(throws: VerificationError.self) { try WeChatResourceKey("") }
    }
}
