internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/fulfillments/{id}/ship`: a merchant has handed its part of an order to a carrier. The body names
/// order, carrier and waybill, and `lines` with their quantities where the parcel holds only some; whether it may be shipped is decided where it is kept.
struct ShipFulfillment: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let merchant = try desk.merchant(request)
        guard let fulfillment = request.id else { throw Problem.notFound("no fulfillment order is named") }
        guard var json = try await request.optionalObject() else {
            throw Problem.invalid(JSONError(pointer: "", problem: "an object with order, carrier and waybill was expected"))
        }
        let (order, carrier, waybill, portions) = try read(&json)
        // Its id follows from order and merchant, so whose it is needs no looking up. Another merchant's is as unknown as one
        // that is not there.
        guard OrderID.fulfillment(order: order, merchant: merchant) == fulfillment else {
            throw Problem.notFound("no such fulfillment order of this merchant and order")
        }
        let message = FulfillmentShipped(
            order: order, fulfillment: fulfillment, merchant: merchant, carrier: carrier, waybill: waybill, at: desk.now(),
            portions: portions)
        try await desk.hand(
            message, order: order, at: desk.now(), seed: "ship:\(fulfillment.text):\(carrier):\(waybill)",
            traceparent: request.traceparent)
        return .json(
            .accepted,
            JSONWriter.object { json in
                json.member("fulfillment", fulfillment)
                json.member("order", order)
            })
    }

    private func read(_ json: inout JSONObject) throws(Problem) -> (
        order: UUID, carrier: String, waybill: String, portions: [Portion]?
    ) {
        do throws(JSONError) {
            let order = try json.uuid("order")
            let carrier = try Waybill.carrier(&json)
            let waybill = try Waybill.number(&json)
            let portions = try json.optionalArray("lines", 1...1_000) { value throws(JSONError) in try Portion(value) }
            if let portions, Set(portions.map(\.line)).count < portions.count {
                throw JSONError(pointer: "/lines", problem: "a line is named twice")
            }
            try json.done()
            return (order, carrier, waybill, portions)
        } catch {
            throw .invalid(error)
        }
    }
}
