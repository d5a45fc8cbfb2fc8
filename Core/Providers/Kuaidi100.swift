public import HTTPClient
internal import JSON

/// What Kuaidi100 knows us by.
public struct Kuaidi100Configuration: Sendable {
    /// Scheme and host: `https://poll.kuaidi100.com`.
    public var url: String
    public var customer: String
    public var key: String
    /// Signs the pushes.
    public var salt: String
    /// Where parcels are pushed to; may carry a query.
    public var callbackURL: String
    /// The longest time for one call.
    public var deadline: Duration

    public init(
        url: String = "https://poll.kuaidi100.com", customer: String, key: String, salt: String, callbackURL: String,
        deadline: Duration = .seconds(10)
    ) {
        self.url = url.hasSuffix("/") ? String(url.dropLast()) : url
        self.customer = customer
        self.key = key
        self.salt = salt
        self.callbackURL = callbackURL
        self.deadline = deadline
    }
}

/// Kuaidi100: one interface to China's couriers. Asks to be told about a parcel, or asks about it at once.
/// Source: api.kuaidi100.com/document/5f0ffb5ebc8da837cbd8aefc (query), 5f0ffa8f2977d50a94e1023c (subscription).
public struct Kuaidi100: Sendable {
    public static let party = "kuaidi100"

    /// What came of a subscription.
    public enum Subscription: Sendable, Equatable {
        case accepted
        /// We had subscribed before, and it still runs.
        case running
    }

    private let configuration: Kuaidi100Configuration
    private let client: HTTPClient

    public init(configuration: Kuaidi100Configuration, client: HTTPClient) {
        self.configuration = configuration
        self.client = client
    }

    /// Asks to be told whenever the parcel moves. Asking twice is harmless; at most 4 times a month for one parcel.
    /// - Parameter phone: the last four digits, which some couriers ask for.
    public func subscribe(carrier: String, waybill: String, phone: String? = nil) async throws(ProviderError) -> Subscription {
        let param = JSONWriter.object { json in
            json.member("company", carrier)
            json.member("number", waybill)
            json.member("key", configuration.key)
            json.object("parameters") { json in
                json.member("callbackurl", configuration.callbackURL)
                json.member("salt", configuration.salt)
                json.member("resultv2", "4")
                json.member("phone", ifPresent: phone)
            }
        }
        var json = try await post("/poll", [("schema", "json"), ("param", String(decoding: param, as: UTF8.self))])
        let code = try read(&json) { json throws(JSONError) in try json.string("returnCode", 1...8) }
        let message = (try? json.optionalString("message")) ?? ""
        switch code {
        case "200": return .accepted
        case "501": return .running
        case "500": throw failure(.transient(retryAfter: nil), "subscription: \(code) \(message)")
        case "600", "601": throw failure(.blocked(code: code, message: message), "subscription: \(code) \(message)")
        default: throw failure(.refused(code: code, message: message), "subscription: \(code) \(message)")
        }
    }

    /// Asks where the parcel is; nil when the courier has nothing yet. At most once in 30 minutes for one parcel.
    public func report(carrier: String, waybill: String, phone: String? = nil) async throws(ProviderError) -> CourierReport? {
        let param = String(
            decoding: JSONWriter.object { json in
                json.member("com", carrier)
                json.member("num", waybill)
                json.member("phone", phone ?? "")
                json.member("resultv2", "4")
                json.member("show", "0")
                json.member("order", "desc")
            }, as: UTF8.self)
        let sign = Kuaidi100Signature.query(param: param, key: configuration.key, customer: configuration.customer)
        var json = try await post("/poll/query.do", [("customer", configuration.customer), ("sign", sign), ("param", param)])
        guard let code = try? json.optionalString("returnCode") else {
            return try read(&json) { json throws(JSONError) in try CourierReport(json: &json) }
        }
        let message = (try? json.optionalString("message")) ?? ""
        switch code {
        case "500": return nil
        case "501", "502": throw failure(.transient(retryAfter: nil), "query: \(code) \(message)")
        case "504": throw failure(.throttled(retryAfter: .seconds(1800)), "query: \(code) \(message)")
        case "503", "601": throw failure(.blocked(code: code, message: message), "query: \(code) \(message)")
        default: throw failure(.refused(code: code, message: message), "query: \(code) \(message)")
        }
    }

    private func post(_ path: String, _ fields: [Form.Field]) async throws(ProviderError) -> JSONObject {
        let request = HTTPRequest(
            method: "POST", url: configuration.url + path, headers: [("Content-Type", "application/x-www-form-urlencoded")],
            body: Array(Form.encode(fields).utf8))
        let response: HTTPResponse
        do throws(HTTPError) {
            response = try await client.execute(request, deadline: configuration.deadline)
        } catch {
            throw ProviderError(party: Kuaidi100.party, error)
        }
        switch response.status {
        case 200: break
        case 429: throw failure(.throttled(retryAfter: response.retryAfter), "status 429")
        case 502...504: throw failure(.away, "status \(response.status)")
        case 500...: throw failure(.transient(retryAfter: response.retryAfter), "status \(response.status)")
        default: throw failure(.refused(code: "HTTP_\(response.status)", message: ""), "status \(response.status)")
        }
        do throws(JSONError) {
            return try JSONObject(parsing: response.body)
        } catch {
            throw failure(.unknown, "the answer is not what the protocol says: \(error)")
        }
    }

    private func read<Value>(_ json: inout JSONObject, _ value: (inout JSONObject) throws(JSONError) -> Value) throws(ProviderError)
        -> Value
    {
        do throws(JSONError) { return try value(&json) } catch {
            throw failure(.unknown, "the answer is not what the protocol says: \(error)")
        }
    }

    private func failure(_ kind: ProviderError.Kind, _ message: String) -> ProviderError {
        ProviderError(party: Kuaidi100.party, kind: kind, message: message)
    }
}
