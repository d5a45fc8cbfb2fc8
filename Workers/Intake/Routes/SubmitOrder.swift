internal import Commerce
internal import Crypto
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Store

/// `POST /v1/orders`: takes an order. `202` means that it is kept, by the broker or by the database.
struct SubmitOrder: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, stored) = try desk.storefront(request)
        let key = try idempotencyKey(request)
        try request.expect("application/json")
        guard !desk.gauge.isNearBound else { throw Problem.unavailable("too many orders are waiting: try again later", retryAfter: 5) }
        let body = try await request.body()
        let digest = [UInt8](SHA256.hash(data: body))
        let order = OrderID.make(storefront: storefront, key: key)
        let entry = RecentOrders.Entry(digest: RecentOrders.Digest(digest), storefront: storefront)
        if let known = desk.recent.entry(of: order) {
            guard known.digest == entry.digest else { throw Problem.keyReused }
            return .accepted(order, desk.statusURL(order))
        }
        let submission: Submission
        do { submission = try Submission(parsing: body) } catch { throw Problem.invalid(error) }
        let now = desk.now()
        let message = OrderSubmitted(
            order: order, storefront: storefront, key: key, digest: digest, currency: submission.currency, method: submission.method,
            locale: submission.locale ?? Language(rawValue: stored.locale) ?? .chinese,
            buyer: try buyer(of: submission, order: order), lines: submission.lines, freight: submission.freight,
            discount: submission.discount, total: submission.total, submittedAt: now)
        try await desk.hand(message, order: order, at: now, seed: order.text, traceparent: request.traceparent)
        desk.recent.remember(order, entry)
        return .accepted(order, desk.statusURL(order))
    }

    /// 1 to 200 visible characters of ASCII; the quotes of a structured field (draft-ietf-httpapi-idempotency-key-header) are
    /// dropped.
    private func idempotencyKey(_ request: IncomingRequest) throws(Problem) -> String {
        guard var key = request.fields.idempotencyKey else {
            throw .badRequest("an Idempotency-Key field is needed: the same for every try of one order", code: "idempotency_key_missing")
        }
        if key.utf8.count >= 2, key.hasPrefix("\""), key.hasSuffix("\"") { key = String(key.dropFirst().dropLast()) }
        guard (1...200).contains(key.utf8.count), key.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw .badRequest("an Idempotency-Key has 1 to 200 visible characters of ASCII", code: "idempotency_key_invalid")
        }
        return key
    }

    private func buyer(of submission: Submission, order: UUID) throws -> Buyer {
        Buyer(
            ref: submission.buyerReference, sealed: try desk.sealing.seal(submission.person, order: order),
            phoneIndex: desk.index.index(of: submission.person.phone), region: submission.region)
    }
}

extension Response {
    /// What was asked for about an order is kept; `url` tells what becomes of it.
    static func accepted(_ order: UUID, _ url: String) -> Response {
        let body = JSONWriter.object { json in
            json.member("order", order)
            json.member("status_url", url)
        }
        var response = Response.json(.accepted, body)
        response.headers[.location] = url
        return response
    }
}
