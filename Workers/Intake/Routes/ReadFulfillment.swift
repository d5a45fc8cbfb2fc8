internal import Commerce
internal import FoundationEssentials
internal import Hummingbird
internal import JSON
internal import Logging
internal import Store

/// `GET /v1/fulfillments/{id}?order=…`: a merchant's part of an order, with whom it goes to while the merchant has to know.
///
/// The address is opened here because the merchant must ship: `fulfillment.released` tells it too, and who missed that call would
/// otherwise have goods and nowhere to send them. It is there from the time the part is released (paid for) until it is delivered
/// or cancelled, only to the merchant whose part it is, and only one at a time; every opening is logged, without what was opened.
struct ReadFulfillment: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let merchant = try desk.merchant(request)
        guard let id = request.id else { throw Problem.notFound("no fulfillment order is named") }
        var query = try request.query()
        let order = try query.uuid("order")
        try query.done()
        guard let order else {
            throw Problem.parameter("order", "is required: the order that the fulfillment order is part of", status: 400)
        }
        guard let view = try await desk.access.fulfillment(id, of: merchant, order: order) else {
            throw Problem.notFound("no such fulfillment order of this merchant and order")
        }
        let person = open(view, merchant, request.logger)
        let body = JSONWriter.object(reserving: 1_024) { json in
            view.write(to: &json)
            guard let person else { return }
            json.object("ship_to") { json in
                json.member("name", person.name)
                json.member("phone", person.phone.e164)
                json.member("region", ifPresent: view.region)
                json.member("address", person.address)
                json.member("postcode", ifPresent: person.postcode)
            }
        }
        var response = Response.json(.ok, body)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// Whom it goes to; nil where the merchant need not know, or where nobody can: the part is shown all the same.
    private func open(_ view: FulfillmentView, _ merchant: UUID, _ logger: Logger) -> Person? {
        guard let sealed = view.sealed, Self.needsAddress(view.state) else { return nil }
        let metadata: Logger.Metadata = ["fulfillment": "\(view.id.text)", "merchant": "\(merchant.text)"]
        do throws(SealingError) {
            let person = try desk.sealing.person(sealed, order: view.order)
            logger.info("an address was shown to its merchant", metadata: metadata)
            return person
        } catch {
            logger.error("an address can't be opened: \(error)", metadata: metadata)
            return nil
        }
    }

    /// Whether the merchant still has to know where the goods go.
    static func needsAddress(_ state: FulfillmentState) -> Bool {
        ![.planned, .delivered, .cancelled].contains(state)
    }
}
