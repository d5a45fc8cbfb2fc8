internal import Commerce
internal import FoundationEssentials
internal import HTTPTypes
internal import Hummingbird
internal import JSON
internal import Logging
internal import Store

/// `GET /v1/orders/{order}`: how an order stands, by its id or its number, with the words that people read, in both languages. What this process has taken
/// and nobody has placed yet is `accepted`.
struct ReadOrder: Route {
    let desk: Desk

    func respond(to request: IncomingRequest) async throws -> Response {
        let (storefront, _) = try desk.storefront(request)
        let order = try await named(request, storefront)
        let view: OrderView?
        do { view = try await desk.access.order(order, of: storefront) } catch {
            request.logger.warning("an order could not be read", metadata: ["order": "\(order.text)", "error": "\(error)"])
            if desk.recent.entry(of: order)?.storefront == storefront { return acceptedYet(order) }
            throw Problem.unavailable("orders can't be read for the moment", retryAfter: 2)
        }
        if let view { return .json(.ok, body(of: view)) }
        guard desk.recent.entry(of: order)?.storefront == storefront else { throw Problem.notFound("no such order, or not placed yet") }
        return acceptedYet(order)
    }

    private func named(_ request: IncomingRequest, _ storefront: UUID) async throws -> UUID {
        let text = request.parameters.text("order") ?? ""
        if let order = UUID(text: text) { return order }
        guard let number = OrderNumber(text) else { throw Problem.notFound("the path holds neither an order's UUID nor its number") }
        guard let order = try await desk.access.order(numbered: number, of: storefront) else {
            throw Problem.notFound("no such order, or not placed yet")
        }
        return order
    }

    private func acceptedYet(_ order: UUID) -> Response {
        .json(
            .ok,
            JSONWriter.object { json in
                json.member("order", order)
                json.member("state", "accepted")
                json.words(chinese: "已接收", english: "Accepted")
            })
    }

    private func body(of view: OrderView) -> [UInt8] {
        JSONWriter.object { json in
            json.member("order", view.order)
            json.member("number", view.number)
            json.member("state", view.state.rawValue)
            json.words(of: view.state)
            json.object("payment") { json in
                json.member("method", view.method)
                json.member("state", view.payment.rawValue)
                json.words(of: view.payment)
                json.member("code_url", ifPresent: view.codeURL)
                if let payBy = view.payBy { json.member("pay_by_ms", payBy) }
            }
            json.member("currency", view.currency)
            json.member("total", view.total)
            json.array("fulfillments", of: view.fulfillments) { json, part in
                json.object { json in
                    json.member("id", part.id)
                    json.member("merchant", part.merchant)
                    json.member("state", part.state.rawValue)
                    json.words(of: part.state)
                    json.array("lines", of: part.lines) { json, line in
                        json.object { json in
                            json.member("line", line.n)
                            json.member("sku", line.sku)
                            json.member("ordered", line.ordered)
                            json.member("cancelled", line.cancelled)
                            json.member("shipped", line.shipped)
                            json.member("delivered", line.delivered)
                        }
                    }
                }
            }
            json.member("placed_at_ms", view.placedAt)
            if let endedAt = view.endedAt { json.member("ended_at_ms", endedAt) }
            json.member("ended_reason", ifPresent: view.endedReason)
        }
    }
}
