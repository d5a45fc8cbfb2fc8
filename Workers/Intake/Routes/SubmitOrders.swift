internal import Commerce
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/orders/bulk`: takes many orders, one a line of NDJSON, each with its own idempotency key. Answered with `200` and a
/// line for each, in their order, while they come in: taken (`202`), or the problem it has. Should the body break off or exceed a
/// bound, a last line says so with the number of the first line that was not taken.
struct SubmitOrders: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, stored) = try desk.storefront(request)
        try request.expect("application/x-ndjson")
        guard !desk.gauge.isNearBound else { throw Problem.tooMany }
        let announced = request.fields.contentLength.flatMap { Int($0) }
        if let announced, announced > BulkSubmission.byteLimit { throw Problem.tooLarge(limit: BulkSubmission.byteLimit) }
        guard let permit = desk.bulks.permit() else {
            throw Problem.unavailable("too many bulk submissions at once: try again later", retryAfter: 2)
        }
        let submission = BulkSubmission(desk: desk, submitter: Submitter(storefront, stored, request), announced: announced)
        let body = request.request.body
        var response = Response(
            status: .ok,
            body: ResponseBody { writer in
                defer { withExtendedLifetime(permit) {} }
                if try await !submission.run(body, &writer) { request.hangUp() }
            })
        response.headers[.contentType] = "application/x-ndjson"
        return response
    }
}
