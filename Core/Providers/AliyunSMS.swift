public import FoundationEssentials
public import HTTPClient
internal import JSON

/// What Alibaba Cloud's SMS service knows us by.
public struct AliyunSMSConfiguration: Sendable {
    /// Scheme and host: `https://dysmsapi.aliyuncs.com`.
    public var url: String
    public var accessKeyID: String
    public var accessKeySecret: String
    /// The registered name that stands in brackets before every message.
    public var signName: String
    /// The longest time for one call.
    public var deadline: Duration

    public init(
        url: String = "https://dysmsapi.aliyuncs.com", accessKeyID: String, accessKeySecret: String, signName: String,
        deadline: Duration = .seconds(10)
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.accessKeyID = accessKeyID
        self.accessKeySecret = accessKeySecret
        self.signName = signName
        self.deadline = deadline
    }
}

/// One message to one phone.
public struct SMS: Sendable {
    public var phone: String
    /// The registered template, for instance `SMS_71390007`.
    public var template: String
    public var parameters: [(name: String, value: String)]
    /// Echoed in the delivery receipt. The service does not recognise repeats by it: a message whose fate is unknown may
    /// arrive twice when it is sent again.
    public var outID: String

    public init(phone: String, template: String, parameters: [(name: String, value: String)], outID: String) {
        self.phone = phone
        self.template = template
        self.parameters = parameters
        self.outID = outID
    }
}

/// Alibaba Cloud SMS: `SendSms` of 2017-05-25, signed with ACS3.
public struct AliyunSMS: Sendable {
    public static let party = "aliyun_sms"

    private let configuration: AliyunSMSConfiguration
    private let client: HTTPClient
    private let now: @Sendable () -> Date

    public init(configuration: AliyunSMSConfiguration, client: HTTPClient, now: @escaping @Sendable () -> Date = { Date() }) {
        self.configuration = configuration
        self.client = client
        self.now = now
    }

    /// Sends a message. Returns the service's number of it (`BizId`); accepted is not yet delivered.
    /// - Throws: ``ProviderError``: `throttled` with the window to wait for, `refused` for the recipient or the content, `blocked`
    ///   for account and configuration, `unknown` when it may have been sent.
    public func send(_ sms: SMS) async throws(ProviderError) -> String {
        let parameters = JSONWriter.object { json in
            for parameter in sms.parameters {
                json.name(parameter.name)
                json.value(parameter.value)
            }
        }
        // In the body, not in the query: URLs end up in logs, and a phone number is personal data.
        let body = Array(
            Form.encode([
                ("PhoneNumbers", sms.phone), ("SignName", configuration.signName), ("TemplateCode", sms.template),
                ("TemplateParam", String(decoding: parameters, as: UTF8.self)), ("OutId", sms.outID),
            ]).utf8)
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.execute(request(body), deadline: configuration.deadline)
        } catch {
            throw ProviderError(party: AliyunSMS.party, error)
        }
        guard var json = try? JSONObject(parsing: response.body), let code = try? json.string("Code", 1...128) else {
            throw failure(of: response)
        }
        if response.status == 200, code == "OK" { return (try? json.string("BizId", 1...128)) ?? "" }
        throw failure(code: code, message: (try? json.optionalString("Message", 0...512)) ?? "", response)
    }

    private func request(_ body: [UInt8]) -> HTTPRequest {
        let hash = sha256(body)
        let host = configuration.url.split(separator: "/", maxSplits: 1).last?.drop { $0 == "/" }.prefix { $0 != "/" } ?? ""
        let headers: [Form.Field] = [
            ("host", String(host)), ("content-type", "application/x-www-form-urlencoded"), ("x-acs-action", "SendSms"),
            ("x-acs-version", "2017-05-25"), ("x-acs-date", RFC3339.text(now())), ("x-acs-signature-nonce", freshNonce()),
            ("x-acs-content-sha256", hash),
        ]
        let authorization = ACS3.authorization(
            method: "POST", query: [], headers: headers, bodyHash: hash, accessKeyID: configuration.accessKeyID,
            secret: configuration.accessKeySecret)
        return HTTPRequest(
            method: "POST", url: configuration.url + "/",
            headers: headers + [("accept", "application/json"), ("authorization", authorization)],
            body: body)
    }

    // MARK: - Failures

    private static let blocking: Set = [
        "isv.OUT_OF_SERVICE", "isv.AMOUNT_NOT_ENOUGH", "isv.ACCOUNT_ABNORMAL", "isv.PRODUCT_UN_SUBSCRIPT", "isv.PRODUCT_UNSUBSCRIBE",
        "isp.RAM_PERMISSION_DENY", "isv.DENY_IP_RANGE", "isv.ACCOUNT_NOT_EXISTS", "SignatureDoesNotMatch", "InvalidAccessKeyId.NotFound",
    ]
    /// The same message, signed anew, may pass.
    private static let passing: Set = ["ServiceUnavailable", "InternalError", "SignatureNonceUsed", "InvalidTimeStamp.Expired"]

    private func failure(code: String, message: String, _ response: HTTPResponse) -> ProviderError {
        let text = "\(code) \(message)"
        if Self.blocking.contains(code) { return failure(.blocked(code: code, message: message), text) }
        if code.hasPrefix("Throttling") { return failure(.throttled(retryAfter: response.retryAfter ?? .seconds(60)), text) }
        if code == "isv.BUSINESS_LIMIT_CONTROL" || code == "isv.DAY_LIMIT_CONTROL" || code == "isv.MONTH_LIMIT_CONTROL" {
            return failure(.throttled(retryAfter: window(code, message)), text)
        }
        if Self.passing.contains(code) || code.hasPrefix("isp.") { return failure(.transient(retryAfter: response.retryAfter), text) }
        if code.hasPrefix("isv.") { return failure(.refused(code: code, message: message), text) }
        return response.status >= 500
            ? failure(.transient(retryAfter: response.retryAfter), text) : failure(.refused(code: code, message: message), text)
    }

    /// The flow control's window, which the message names; a day's ends at midnight in China.
    private func window(_ code: String, _ message: String) -> Duration {
        if message.contains("分钟级") { return .seconds(60) }
        if message.contains("小时级") { return .seconds(3600) }
        let second = (Int(now().timeIntervalSince1970) + 28_800) % 86_400
        return .seconds(86_400 - second)
    }

    private func failure(of response: HTTPResponse) -> ProviderError {
        let text = "status \(response.status), and no answer as the protocol has it"
        switch response.status {
        case 429: return failure(.throttled(retryAfter: response.retryAfter), text)
        case 502...504: return failure(.away, text)
        case 500...: return failure(.transient(retryAfter: response.retryAfter), text)
        case 400..<500: return failure(.refused(code: "HTTP_\(response.status)", message: ""), text)
        default: return failure(.unknown, text)
        }
    }

    private func failure(_ kind: ProviderError.Kind, _ message: String) -> ProviderError {
        ProviderError(party: AliyunSMS.party, kind: kind, message: message)
    }
}
