public import FoundationEssentials
public import JSON

/// The storefront or buyer wants an order cancelled.
public struct OrderCancelRequested: Message, Equatable {
    public static let type = "order.cancel_requested"

    /// The order's id.
    public var order: UUID
    /// Who asks; only the order's own storefront may.
    public var storefront: UUID
    /// In their words.
    public var reason: String
    /// When it was asked for.
    public var requestedAt: Date

    public init(order: UUID, storefront: UUID, reason: String, requestedAt: Date) {
        self.order = order
        self.storefront = storefront
        self.reason = reason
        self.requestedAt = requestedAt
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        storefront = try json.uuid("storefront")
        reason = try json.string("reason", 0...400)
        requestedAt = try json.moment("requested_at_ms")
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("storefront", storefront)
        json.member("reason", reason)
        json.member("requested_at_ms", requestedAt)
    }
}
