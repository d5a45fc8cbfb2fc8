import FoundationEssentials
import HTTPClient
import Logging
import Providers
import Support

/// WeChat Pay as the tests play it: both key pairs, and answers signed as the real one signs them.
struct WeChatFixture {
    let merchant = keys.merchant
    let platform = keys.platform
    let serial = "PUB_KEY_ID_0119"
    let apiKey = "a7cde1ZJB1kG2e7VfTs3jQzaWizur8Gb"
    /// Made once a run: it takes a while.
    private static let keys = (merchant: RSASigner.generate(), platform: RSASigner.generate())
    let now = Date(timeIntervalSince1970: 1_722_850_421)

    func pay(at server: TestHTTPServer, deadline: Duration = .seconds(5)) throws -> WeChatPay {
        let now = now
        let configuration = WeChatPayConfiguration(
            url: server.url, merchantID: "1900007291", appID: "wx1", serial: "408B07E7", signer: merchant,
            platform: try WeChatPlatform(keys: [serial: platform.publicKeyPEM]), notifyURL: "https://example.com/notify", deadline: deadline
        )
        return WeChatPay(configuration: configuration, client: .forTests, now: { now })
    }

    /// A signed answer.
    func answer(_ status: Int, _ body: String) -> TestHTTPServer.Reply {
        let headers = WeChatPaySignature.responseHeaders(
            serial: serial, signer: platform, timestamp: Int64(now.timeIntervalSince1970), nonce: "n", body: Array(body.utf8))
        return .answer(status: status, headers: headers, body: Array(body.utf8))
    }

    /// Whether a request is signed by the merchant.
    func isSigned(_ request: TestHTTPServer.Request) throws -> Bool {
        guard let authorization = request.header("authorization").flatMap(WeChatAuthorization.init(parsing:)) else { return false }
        return try authorization.merchantID == "1900007291"
            && authorization.isValid(
                method: request.method, path: request.uri, body: request.body, verifier: RSAVerifier(pem: merchant.publicKeyPEM))
    }
}

extension HTTPClient {
    static let forTests = HTTPClient(logger: Logger(label: "test"))
}

/// The error of a call that must not succeed.
func failure<Value>(_ call: () async throws(ProviderError) -> Value) async -> ProviderError? {
    do throws(ProviderError) {
        _ = try await call()
        return nil
    } catch { return error }
}
