public import FoundationEssentials
public import HTTPClient
internal import JSON

/// What a merchant needs to be known to WeChat Pay.
public struct WeChatPayConfiguration: Sendable {
    /// Scheme and host: `https://api.mch.weixin.qq.com`.
    public var url: String
    public var merchantID: String
    public var appID: String
    /// The serial of the merchant's certificate, in hexadecimal.
    public var serial: String
    /// The merchant's API key.
    public var signer: RSASigner
    public var platform: WeChatPlatform
    /// Where payments are notified to: https in earnest, without a query.
    public var notifyURL: String
    /// The longest time for one call.
    public var deadline: Duration

    public init(
        url: String = "https://api.mch.weixin.qq.com", merchantID: String, appID: String, serial: String, signer: RSASigner,
        platform: WeChatPlatform, notifyURL: String, deadline: Duration = .seconds(10)
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.merchantID = merchantID
        self.appID = appID
        self.serial = serial
        self.signer = signer
        self.platform = platform
        self.notifyURL = notifyURL
        self.deadline = deadline
    }
}

/// What the buyer is to pay.
public struct WeChatPrepay: Sendable, Equatable {
    /// 6 to 32 of `[0-9A-Za-z_\-|*]`; asking again with the same number and amount is harmless.
    public var outTradeNo: String
    /// Shown to the buyer, at most 127 bytes.
    public var description: String
    /// In minor units.
    public var total: Int64
    public var currency: String
    /// Until when it can be paid.
    public var expiresAt: Date

    public init(outTradeNo: String, description: String, total: Int64, currency: String = "CNY", expiresAt: Date) {
        self.outTradeNo = outTradeNo
        self.description = description
        self.total = total
        self.currency = currency
        self.expiresAt = expiresAt
    }
}

/// What came of closing a payment.
public enum WeChatClosing: Sendable, Equatable {
    /// It cannot be paid any more.
    case closed
    /// The buyer was quicker: ask for it.
    case paid
    /// WeChat Pay has never heard of it.
    case absent
}

/// WeChat Pay APIv3, Native payments: the buyer scans a code.
///
/// Every call is signed with the merchant's key, every successful answer verified with the platform's. Calls are keyed by our
/// own numbers, so that repeating one whose outcome is unknown does no harm.
/// Source: pay.weixin.qq.com/doc/v3/merchant/4012365336 and the API pages beside it.
public struct WeChatPay: Sendable {
    public static let party = "wechat"

    private let configuration: WeChatPayConfiguration
    private let client: HTTPClient
    private let now: @Sendable () -> Date
    private let nonce: @Sendable () -> String

    public init(configuration: WeChatPayConfiguration, client: HTTPClient, now: @escaping @Sendable () -> Date = { Date() }) {
        self.init(configuration: configuration, client: client, now: now, nonce: freshNonce)
    }

    init(
        configuration: WeChatPayConfiguration, client: HTTPClient, now: @escaping @Sendable () -> Date,
        nonce: @escaping @Sendable () -> String
    ) {
        self.configuration = configuration
        self.client = client
        self.now = now
        self.nonce = nonce
    }

    // MARK: - Payments

    /// Opens a payment. Returns the `code_url` to show as a QR code.
    public func prepay(_ prepay: WeChatPrepay) async throws(ProviderError) -> String {
        let body = JSONWriter.object { json in
            json.member("appid", configuration.appID)
            json.member("mchid", configuration.merchantID)
            json.member("description", prepay.description)
            json.member("out_trade_no", prepay.outTradeNo)
            json.member("time_expire", RFC3339.beijing(prepay.expiresAt))
            json.member("notify_url", configuration.notifyURL)
            json.object("amount") { json in
                json.member("total", prepay.total)
                json.member("currency", prepay.currency)
            }
        }
        let answer = try await call("POST", "/v3/pay/transactions/native", body)
        return try read(answer) { json throws(JSONError) in try json.string("code_url", 1...512) }
    }

    /// How a payment stands; nil when WeChat Pay has never heard of it.
    public func transaction(outTradeNo: String) async throws(ProviderError) -> WeChatTransaction? {
        let path = "/v3/pay/transactions/out-trade-no/\(Form.encode(outTradeNo))?mchid=\(Form.encode(configuration.merchantID))"
        guard let answer = try await callUnlessAbsent("GET", path) else { return nil }
        let transaction = try read(answer) { json throws(JSONError) in try WeChatTransaction(json: &json) }
        guard transaction.outTradeNo == outTradeNo, transaction.merchantID == configuration.merchantID else {
            throw failure(.unknown, "the answer is about another payment")
        }
        return transaction
    }

    /// Makes a payment that was not paid unpayable.
    public func close(outTradeNo: String) async throws(ProviderError) -> WeChatClosing {
        let body = JSONWriter.object { $0.member("mchid", configuration.merchantID) }
        do {
            _ = try await call("POST", "/v3/pay/transactions/out-trade-no/\(Form.encode(outTradeNo))/close", body)
            return .closed
        } catch {
            guard case .refused(let code, _) = error.kind else { throw error }
            switch WeChatPay.plain(code) {
            case "ORDERCLOSED", "TRADECLOSED": return .closed
            case "ORDERPAID", "TRADEPAID": return .paid
            case "ORDERNOTEXIST", "RESOURCENOTEXISTS": return .absent
            default: throw error
            }
        }
    }

    // MARK: - Refunds

    /// Asks for a refund. Accepted is not yet done: see ``WeChatRefund/state``. Repeats with the same number refund once.
    public func refund(_ request: WeChatRefundRequest) async throws(ProviderError) -> WeChatRefund {
        let body = JSONWriter.object { json in
            json.member("out_trade_no", request.outTradeNo)
            json.member("out_refund_no", request.outRefundNo)
            json.member("reason", ifPresent: request.reason)
            json.object("amount") { json in
                json.member("refund", request.refund)
                json.member("total", request.total)
                json.member("currency", request.currency)
            }
        }
        let answer = try await call("POST", "/v3/refund/domestic/refunds", body)
        return try read(answer) { json throws(JSONError) in try WeChatRefund(json: &json) }
    }

    /// How a refund stands; nil when it was never asked for.
    public func refund(outRefundNo: String) async throws(ProviderError) -> WeChatRefund? {
        guard let answer = try await callUnlessAbsent("GET", "/v3/refund/domestic/refunds/\(Form.encode(outRefundNo))") else { return nil }
        return try read(answer) { json throws(JSONError) in try WeChatRefund(json: &json) }
    }

    // MARK: - Calling

    private func callUnlessAbsent(_ method: String, _ path: String) async throws(ProviderError) -> [UInt8]? {
        do { return try await call(method, path) } catch {
            guard case .refused(let code, _) = error.kind else { throw error }
            guard ["ORDERNOTEXIST", "RESOURCENOTEXISTS"].contains(WeChatPay.plain(code)) else { throw error }
            return nil
        }
    }

    /// Signs, calls and verifies. Returns the body of a successful answer.
    private func call(_ method: String, _ path: String, _ body: [UInt8] = []) async throws(ProviderError) -> [UInt8] {
        let authorization = WeChatAuthorization(
            merchantID: configuration.merchantID, serial: configuration.serial, signer: configuration.signer, method: method, path: path,
            timestamp: Int64(now().timeIntervalSince1970), nonce: nonce(), body: body)
        var headers = [("Authorization", authorization.headerValue), ("Accept", "application/json")]
        if !body.isEmpty { headers.append(("Content-Type", "application/json")) }
        let request = HTTPRequest(method: method, url: configuration.url + path, headers: headers, body: body)
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.execute(request, deadline: configuration.deadline)
        } catch {
            throw ProviderError(party: WeChatPay.party, error)
        }
        guard response.status == 200 || response.status == 204 else { throw failure(of: response) }
        do throws(VerificationError) {
            try configuration.platform.verify(header: response.header, body: response.body, now: now())
        } catch {
            throw failure(.unknown, "the answer is not believed: \(error)")
        }
        return response.body
    }

    private func read<Value>(
        _ body: [UInt8], _ value: (inout JSONObject) throws(JSONError) -> Value
    ) throws(ProviderError) -> Value {
        do throws(JSONError) {
            var json = try JSONObject(parsing: body)
            return try value(&json)
        } catch {
            throw failure(.unknown, "the answer is not what the protocol says: \(error)")
        }
    }

    // MARK: - Failures

    /// Codes that only an operator can do something about.
    private static let blocking: Set = ["SIGNERROR", "NOAUTH", "APPIDMCHIDNOTMATCH", "MCHNOTEXISTS", "NOTENOUGH", "ACCOUNTERROR"]
    /// Permanent although they come with a status of 500.
    private static let permanent: Set = ["OPENIDMISMATCH", "INVALIDTRANSACTIONID"]

    /// Codes are spelled with and without underscores across the generations of the documentation.
    private static func plain(_ code: String) -> String { code.filter { $0 != "_" }.uppercased() }

    private func failure(of response: HTTPResponse) -> ProviderError {
        var code = "HTTP_\(response.status)"
        var text = "status \(response.status)"
        if var json = try? JSONObject(parsing: response.body), let given = try? json.optionalString("code", 1...64) {
            code = given
            text = "status \(response.status), \(given): \((try? json.optionalString("message", 0...512)) ?? "")"
        }
        let plain = WeChatPay.plain(code)
        if WeChatPay.blocking.contains(plain) || response.status == 401 { return failure(.blocked(code: code, message: text), text) }
        switch response.status {
        // Accepted, not finished: the same request again brings the result.
        case 202: return failure(.transient(retryAfter: response.retryAfter), text)
        case 429: return failure(.throttled(retryAfter: response.retryAfter), text)
        case 502, 503, 504: return failure(response.retryAfter.map { .transient(retryAfter: $0) } ?? .away, text)
        case 500... where !WeChatPay.permanent.contains(plain): return failure(.transient(retryAfter: response.retryAfter), text)
        // A redirect is none of theirs, and a proxy's page no answer: whether the request got through is not known.
        case 200..<400: return failure(.unknown, text)
        default: return failure(.refused(code: code, message: text), text)
        }
    }

    private func failure(_ kind: ProviderError.Kind, _ message: String) -> ProviderError {
        ProviderError(party: WeChatPay.party, kind: kind, message: message)
    }
}
