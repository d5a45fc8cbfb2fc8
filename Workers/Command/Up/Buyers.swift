internal import Commerce
internal import FoundationEssentials
internal import HTTPClient
internal import JSON
internal import Synchronization

/// Sends sample orders through the HTTP API, as a storefront would.
final class Buyers: Sendable {
    private let client: HTTPClient
    private let intake: String
    private let key: String
    private struct Count { var accepted = 0, retried = 0 }
    private let count = Mutex(Count())

    /// How long an order, or a word about one, is sent again while it isn't taken.
    private static let patience: Duration = .seconds(60)

    /// - Parameters:
    ///   - intake: where the intake is, without a slash at the end.
    ///   - key: the storefront's API key.
    init(client: HTTPClient, intake: String, key: String) {
        self.client = client
        self.intake = intake
        self.key = key
    }

    /// How many orders were answered 202.
    var accepted: Int { count.withLock { $0.accepted } }
    /// How many tries failed and were made again.
    var retried: Int { count.withLock { $0.retried } }

    /// Sends an order until it is taken, always under the same key.
    /// - Returns: its id.
    /// - Throws: ``CommandError`` where the intake refuses it, or takes it by no means.
    func place(_ order: SampleOrder) async throws -> UUID {
        let request = request("/v1/orders", order.body, headers: [("Idempotency-Key", order.key)])
        let response = try await send(request, "an order") { $0 == 202 }
        var json = try JSONObject(parsing: response.body)
        let id = try json.uuid("order")
        count.withLock { $0.accepted += 1 }
        if order.fate == .cancelled { try await cancel(id) }
        return id
    }

    /// Asks for an order to be cancelled; it must have been placed before.
    private func cancel(_ order: UUID) async throws {
        _ = try await send(request("/v1/orders/\(order.text)/cancel", [], headers: []), "a cancellation") { $0 == 202 }
    }

    private func request(_ path: String, _ body: [UInt8], headers: [(name: String, value: String)]) -> HTTPRequest {
        let common = [("Authorization", "Bearer \(key)"), ("Content-Type", "application/json")]
        return HTTPRequest(method: "POST", url: intake + path, headers: common + headers, body: body, isRepeatable: true)
    }

    private func send(_ request: HTTPRequest, _ what: String, until isTaken: (Int) -> Bool) async throws -> HTTPResponse {
        let deadline = ContinuousClock.now + Self.patience
        var problem = ""
        while true {
            try Task.checkCancellation()
            do throws(HTTPError) {
                let response = try await client.execute(request)
                if isTaken(response.status) { return response }
                problem = "\(response.status) \(String(decoding: response.body.prefix(500), as: UTF8.self))"
                // 404: an order that isn't placed yet. All other 4xx stay what they are however often they are sent.
                guard response.status >= 500 || response.status == 404 || response.status == 429 else { break }
            } catch { problem = "\(error)" }
            guard ContinuousClock.now < deadline else { break }
            count.withLock { $0.retried += 1 }
            try await Task.sleep(for: .milliseconds(250))
        }
        throw CommandError("the intake does not take \(what): \(problem)")
    }
}
