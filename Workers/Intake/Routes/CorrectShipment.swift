internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/fulfillments/{id}/correct`: a merchant gave a parcel a wrong waybill. The body names the order, the right carrier and
/// waybill, and under `wrong` those that were given before.
struct CorrectShipment: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let merchant = try desk.merchant(request)
        guard let fulfillment = request.id else { throw Problem.notFound("no fulfillment order is named") }
        guard var json = try await request.optionalObject() else {
            throw Problem.invalid(JSONError(pointer: "", problem: "an object with order, carrier, waybill and wrong was expected"))
        }
        let message = try read(&json, fulfillment, merchant)
        // Its id follows from order and merchant, as for shipping.
        guard OrderID.fulfillment(order: message.order, merchant: merchant) == fulfillment else {
            throw Problem.notFound("no such fulfillment order of this merchant and order")
        }
        let seed = "correct:\(fulfillment.text):\(message.wrongCarrier):\(message.wrongWaybill):\(message.carrier):\(message.waybill)"
        try await desk.hand(message, order: message.order, at: desk.now(), seed: seed, traceparent: request.traceparent)
        return .json(
            .accepted,
            JSONWriter.object { json in
                json.member("fulfillment", fulfillment)
                json.member("order", message.order)
            })
    }

    private func read(_ json: inout JSONObject, _ fulfillment: UUID, _ merchant: UUID) throws(Problem) -> ShipmentCorrected {
        do throws(JSONError) {
            let order = try json.uuid("order")
            let (carrier, waybill) = (try Waybill.carrier(&json), try Waybill.number(&json))
            var wrong = try json.object("wrong")
            let (wrongCarrier, wrongWaybill) = (try Waybill.carrier(&wrong), try Waybill.number(&wrong))
            try wrong.done()
            try json.done()
            return ShipmentCorrected(
                order: order, fulfillment: fulfillment, merchant: merchant, wrongCarrier: wrongCarrier, wrongWaybill: wrongWaybill,
                carrier: carrier, waybill: waybill)
        } catch {
            throw .invalid(error)
        }
    }
}
