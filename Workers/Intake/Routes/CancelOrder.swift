internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/orders/{id}/cancel`: asks for an order to be cancelled. Whether it still can be is decided where it is placed;
/// the answer comes by webhook and in the order's state.
struct CancelOrder: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, _) = try desk.storefront(request)
        guard let order = request.id else { throw Problem.notFound("no order is named") }
        let reason = try await reason(request)
        try await desk.checkOwnership(of: order, by: storefront)
        let now = desk.now()
        let message = OrderCancelRequested(order: order, storefront: storefront, reason: reason, requestedAt: now)
        try await desk.hand(message, order: order, at: now, seed: "cancel:\(order.text)", traceparent: request.traceparent)
        return .accepted(order, desk.statusURL(order))
    }

    private func reason(_ request: IncomingRequest) async throws -> String {
        guard var json = try await request.optionalObject() else { return "" }
        do throws(JSONError) {
            let reason = try json.optionalString("reason", 0...400) ?? ""
            try json.done()
            guard reason.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7F }) else {
                throw JSONError(pointer: "/reason", problem: "control characters are not allowed")
            }
            return reason
        } catch {
            throw Problem.invalid(error)
        }
    }
}
