internal import HTTPTypes

/// A line of the API's map: what is asked, by whom, and who answers.
struct Endpoint: Sendable {
    /// Who may ask. What a key opens beyond that (its own orders only, say) is the route's to check.
    enum Caller: String, Sendable {
        /// Anybody, without a key.
        case anyone
        case storefront
        case merchant
        /// An outside provider, believed by its signature.
        case provider
    }

    let method: HTTPRequest.Method
    /// Such as `/v1/orders/{id}/cancel`. `{id}` stands for a UUID, any other name for a text of one segment.
    let path: String
    let caller: Caller
    let route: any Route

    init(_ method: HTTPRequest.Method, _ path: String, _ caller: Caller, _ route: any Route) {
        self.method = method
        self.path = path
        self.caller = caller
        self.route = route
    }
}

extension Desk {
    /// The map of the API. `/openapi.yaml` tells the same to those outside; a test holds the two against each other.
    var endpoints: [Endpoint] {
        [
            Endpoint(.get, "/livez", .anyone, Liveness()),
            Endpoint(.get, "/readyz", .anyone, Readiness(desk: self)),
            Endpoint(.get, "/openapi.yaml", .anyone, OpenAPIDocument()),
            Endpoint(.post, "/v1/orders", .storefront, SubmitOrder(desk: self)),
            Endpoint(.post, "/v1/orders/bulk", .storefront, SubmitOrders(desk: self)),
            Endpoint(.get, "/v1/orders", .storefront, ListOrders(desk: self)),
            Endpoint(.get, "/v1/orders/{order}", .storefront, ReadOrder(desk: self)),
            Endpoint(.get, "/v1/orders/{id}/events", .storefront, StreamEvents(desk: self)),
            Endpoint(.post, "/v1/orders/{id}/cancel", .storefront, CancelOrder(desk: self)),
            Endpoint(.post, "/v1/orders/{id}/received", .storefront, ReceiveOrder(desk: self)),
            Endpoint(.get, "/v1/fulfillments", .merchant, ListFulfillments(desk: self)),
            Endpoint(.get, "/v1/fulfillments/{id}", .merchant, ReadFulfillment(desk: self)),
            Endpoint(.post, "/v1/fulfillments/{id}/ship", .merchant, ShipFulfillment(desk: self)),
            Endpoint(.post, "/v1/fulfillments/{id}/correct", .merchant, CorrectShipment(desk: self)),
            Endpoint(.post, "/webhooks/wechat", .provider, WeChatWebhook(desk: self)),
            Endpoint(.post, "/webhooks/kuaidi100", .provider, Kuaidi100Webhook(desk: self)),
        ]
            + InstructFulfillment.Verb.allCases.map { verb in
                Endpoint(.post, "/v1/fulfillments/{id}/\(verb.rawValue)", .merchant, InstructFulfillment(desk: self, verb: verb))
            }
    }
}
