internal import Commerce
internal import Crypto
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/orders`: takes an order. `202` means that it is kept, by the broker or by the database.
struct SubmitOrder: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, stored) = try desk.storefront(request)
        let key = try idempotencyKey(request)
        try request.expect("application/json")
        guard !desk.gauge.isNearBound else { throw Problem.tooMany }
        let body = try await request.body()
        let order = try await desk.take(
            key, digest: [UInt8](SHA256.hash(data: body)), from: Submitter(storefront, stored, request)
        ) { () throws(JSONError) in try Submission(parsing: body) }
        return .accepted(order, desk.statusURL(order))
    }

    private func idempotencyKey(_ request: IncomingRequest) throws(Problem) -> IdempotencyKey {
        guard let field = request.fields.idempotencyKey else {
            throw .badRequest("an Idempotency-Key field is needed: the same for every try of one order", code: "idempotency_key_missing")
        }
        guard let key = IdempotencyKey(field) else {
            throw .badRequest("an Idempotency-Key has 1 to 200 visible characters of ASCII", code: "idempotency_key_invalid")
        }
        return key
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
