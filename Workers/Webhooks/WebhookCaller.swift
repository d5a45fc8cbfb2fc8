internal import Commerce
internal import FoundationEssentials
internal import HTTPClient
internal import Providers
internal import Store
internal import JSON
internal import Work

/// Makes one call to an endpoint and says what came of it.
struct WebhookCaller: Sendable {
    /// Sends a request: by a client whose address policy keeps it to the public Internet, and to what the operator allows.
    let execute: @Sendable (HTTPRequest, Duration) async throws(HTTPError) -> HTTPResponse
    /// Opens an order's sealed address, for the merchant who ships it. Known only while the call is made.
    let unseal: @Sendable (_ sealed: String, _ order: UUID) throws(SealingError) -> Person
    /// Whether an address may go to a URL without TLS. Where it may not, the event goes without it.
    let allowsPlainAddresses: @Sendable (_ url: String) -> Bool
    /// How long an endpoint may take.
    var deadline: Duration = .seconds(5)

    /// What came of a call.
    enum Outcome: Sendable, Equatable {
        case answered(Webhooks.Answer)
        case setBack(Setback)
        /// The endpoint can't be reached, or says nothing: others need not try now.
        case away(String)
    }

    func call(_ endpoint: WebhookEndpoint, _ message: Received<WebhookEvent>) async -> Outcome {
        let request: HTTPRequest
        do {
            request = try self.request(endpoint, message)
        } catch let error as SealingError {
            return .setBack(.dead("the address can't be opened: \(error)"))
        } catch {
            return .answered(.refused("secret"))
        }
        do throws(HTTPError) {
            return outcome(try await execute(request, deadline), endpoint)
        } catch {
            return outcome(error)
        }
    }

    private func request(_ endpoint: WebhookEndpoint, _ message: Received<WebhookEvent>) throws -> HTTPRequest {
        let webhook = try StandardWebhook(secrets: [endpoint.secret])
        var person: Person?
        if let address = message.input.address, endpoint.url.hasPrefix("https://") || allowsPlainAddresses(endpoint.url) {
            person = try unseal(address.sealed, address.order)
        }
        let body = message.input.body(type: message.type, at: RFC3339.text(message.publishedAt), person: person)
        let headers = [(name: "content-type", value: "application/json")] + webhook.headers(id: message.id.text, at: Date(), body: body)
        return HTTPRequest(method: "POST", url: endpoint.url, headers: headers, body: body)
    }

    private func outcome(_ response: HTTPResponse, _ endpoint: WebhookEndpoint) -> Outcome {
        let reason = "the endpoint answered \(response.status)"
        switch response.status {
        case 200..<300: return .answered(.delivered)
        case 410: return .answered(.gone(endpoint.url))
        // A redirect isn't followed: a signed call goes where its owner said, or nowhere. It may be put right.
        case 300..<400, 408, 425, 429, 500...: return .setBack(.retry(after: response.retryAfter, reason))
        default: return .answered(.refused("\(response.status)"))
        }
    }

    private func outcome(_ error: HTTPError) -> Outcome {
        switch error.code {
        case .refusedAddress, .invalidRequest: .answered(.refused("\(error.code)"))
        case .busy, .closed, .cancelled: .setBack(.wait(.seconds(1), "\(error)"))
        case .tooLarge, .badResponse: .setBack(.retry(after: nil, "\(error)"))
        default: .away("\(error)")
        }
    }
}
