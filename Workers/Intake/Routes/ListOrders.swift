internal import Commerce
internal import FoundationEssentials
internal import Hummingbird
internal import JSON
internal import Store

/// `GET /v1/orders`: a storefront's placed orders, newest first, those that fit all that the query names. A page may hold fewer
/// orders than its limit, even none, and still name a next one; the last page names none.
struct ListOrders: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, _) = try desk.storefront(request)
        let search = try search(request)
        let (orders, next) = try await desk.access.orders(of: storefront, search)
        let body = JSONWriter.object(reserving: 64 + orders.count * 400) { json in
            json.array("orders", of: orders) { json, order in json.object { Self.write(order, to: &$0) } }
            json.member("next", ifPresent: next.map { Cursor.text($0) })
        }
        return .json(.ok, body)
    }

    private func search(_ request: IncomingRequest) throws(Problem) -> OrderSearch {
        var query = try request.query()
        var search = OrderSearch()
        if let text = query.text("number") {
            guard let number = OrderNumber(text) else { throw .parameter("number", "an order number of 19 digits was expected") }
            search.number = number
        }
        search.state = try query.choice("state", as: OrderState.self)
        search.from = try query.time("from")
        search.to = try query.time("to")
        if let from = search.from, let to = search.to, to <= from { throw .parameter("to", "must be later than from") }
        if let text = query.text("phone") {
            guard let phone = PhoneNumber(normalizing: text) else {
                throw .parameter("phone", "a telephone number was expected: of China, or with + (as %2B) and country code")
            }
            search.phoneIndex = desk.index.index(of: phone)
        }
        search.limit = try query.integer("limit", OrderSearch.limits) ?? search.limit
        if let text = query.text("cursor") {
            guard let position = Cursor.orders(text) else { throw .parameter("cursor", "is none that this list gave") }
            search.after = position
        }
        try query.done()
        return search
    }

    private static func write(_ order: OrderSummary, to json: inout JSONWriter) {
        json.member("order", order.order)
        json.member("number", order.number)
        json.member("state", order.state.rawValue)
        json.words(of: order.state)
        json.object("payment") { json in
            json.member("method", order.method)
            json.member("state", order.payment.rawValue)
            json.words(of: order.payment)
        }
        json.member("currency", order.currency)
        json.member("total", order.total)
        json.member("buyer_ref", order.buyerReference)
        json.member("submitted_at_ms", order.submittedAt)
        json.member("placed_at_ms", order.placedAt)
        if let endedAt = order.endedAt { json.member("ended_at_ms", endedAt) }
        json.member("ended_reason", ifPresent: order.endedReason)
    }
}
