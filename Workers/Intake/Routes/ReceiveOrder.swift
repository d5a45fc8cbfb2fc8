internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/orders/{id}/received`: the buyer says that everything has arrived.
struct ReceiveOrder: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, _) = try desk.storefront(request)
        guard let order = request.id else { throw Problem.notFound("no order is named") }
        if let json = try await request.optionalObject() {
            do { try json.done() } catch { throw Problem.invalid(error) }
        }
        try await desk.checkOwnership(of: order, by: storefront)
        let message = OrderReceived(order: order, storefront: storefront)
        try await desk.hand(message, order: order, at: desk.now(), seed: "received:\(order.text)", traceparent: request.traceparent)
        return .accepted(order, desk.statusURL(order))
    }
}
