internal import Commerce
internal import FoundationEssentials
internal import Hummingbird
internal import JSON
internal import Store

/// `GET /v1/fulfillments`: a merchant's parts of orders, those of the newest orders first. Without addresses: those are read one
/// by one, see ``ReadFulfillment``.
struct ListFulfillments: Route {
    let desk: Desk

    /// Fulfillment orders of a page.
    static let limits = 1...100

    func respond(to request: IncomingRequest) async throws -> Response {
        let merchant = try desk.merchant(request)
        var query = try request.query()
        let state = try query.choice("state", as: FulfillmentState.self)
        let limit = try query.integer("limit", Self.limits) ?? 50
        var position: FulfillmentPosition?
        if let text = query.text("cursor") {
            position = Cursor.fulfillments(text)
            if position == nil { throw Problem.parameter("cursor", "is none that this list gave") }
        }
        try query.done()
        let found = try await desk.access.fulfillments(of: merchant, state: state, after: position, limit: limit)
        let page = found.prefix(limit)
        let next = found.count > limit ? page.last?.position : nil
        let body = JSONWriter.object(reserving: 64 + page.count * 600) { json in
            json.array("fulfillments", of: page) { json, fulfillment in json.object { fulfillment.write(to: &$0) } }
            json.member("next", ifPresent: next.map { Cursor.text($0) })
        }
        return .json(.ok, body)
    }
}

extension FulfillmentView {
    /// All but whom the goods go to.
    func write(to json: inout JSONWriter) {
        json.member("id", id)
        json.member("order", order)
        json.member("number", number)
        json.member("state", state.rawValue)
        json.words(of: state)
        json.member("currency", currency)
        json.member("gross", gross)
        json.array("lines", of: lines) { json, line in
            json.object { json in
                json.member("n", line.n)
                json.member("sku", line.sku)
                if !line.title.isEmpty { json.member("title", line.title) }
                json.member("quantity", line.quantity)
                json.member("unit_price", line.unitPrice)
            }
        }
        json.array("parcels", of: parcels) { json, parcel in
            json.object { json in
                json.member("id", parcel.id)
                json.member("carrier", parcel.carrier)
                json.member("waybill", parcel.waybill)
                json.member("state", parcel.state.rawValue)
                json.words(of: parcel.state)
                json.member("needs_attention", parcel.needsAttention)
                json.member("dispatched_at_ms", parcel.dispatchedAt)
                if let deliveredAt = parcel.deliveredAt { json.member("delivered_at_ms", deliveredAt) }
            }
        }
        json.member("placed_at_ms", placedAt)
    }
}
