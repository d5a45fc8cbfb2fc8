internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON

/// `POST /v1/fulfillments/{id}/ship`: a merchant has handed its part of an order to a carrier. The body names
/// order, carrier and waybill; whether it may be shipped is decided where it is kept.
struct ShipFulfillment: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let merchant = try desk.merchant(request)
        guard let fulfillment = request.id else { throw Problem.notFound("no fulfillment order is named") }
        guard var json = try await request.optionalObject() else {
            throw Problem.invalid(JSONError(pointer: "", problem: "an object with order, carrier and waybill was expected"))
        }
        let (order, carrier, waybill) = try read(&json)
        // Its id follows from order and merchant, so whose it is needs no looking up. Another merchant's is as unknown as one
        // that is not there.
        guard OrderID.fulfillment(order: order, merchant: merchant) == fulfillment else {
            throw Problem.notFound("no such fulfillment order of this merchant and order")
        }
        let message = FulfillmentShipped(
            order: order, fulfillment: fulfillment, merchant: merchant, carrier: carrier, waybill: waybill, at: desk.now())
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

    private func read(_ json: inout JSONObject) throws(Problem) -> (order: UUID, carrier: String, waybill: String) {
        do throws(JSONError) {
            let order = try json.uuid("order")
            let carrier = try json.string("carrier", 2...32)
            guard carrier.utf8.allSatisfy({ Self.isLower($0) }) else {
                throw JSONError(
                    pointer: "/carrier", problem: "a carrier's code was expected, such as yuantong: lower-case letters and digits")
            }
            let waybill = try json.string("waybill", 6...32)
            guard waybill.utf8.allSatisfy({ Self.isLower($0 | 0x20) || $0 == UInt8(ascii: "-") }) else {
                throw JSONError(pointer: "/waybill", problem: "letters, digits and dashes were expected")
            }
            try json.done()
            return (order, carrier, waybill)
        } catch {
            throw .invalid(error)
        }
    }

    private static func isLower(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
    }
}
