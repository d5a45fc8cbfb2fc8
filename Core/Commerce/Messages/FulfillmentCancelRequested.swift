public import FoundationEssentials
public import JSON

/// The storefront or buyer wants an order cancelled that is paid already: what its merchants have not shipped still can be.
public struct FulfillmentCancelRequested: Message, Equatable {
    public static let type = "fulfillment.cancel_requested"

    /// The order's id.
    public var order: UUID
    /// Who asks; only the order's own storefront may.
    public var storefront: UUID
    /// In their words.
    public var reason: String

    public init(order: UUID, storefront: UUID, reason: String) {
        self.order = order
        self.storefront = storefront
        self.reason = reason
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        storefront = try json.uuid("storefront")
        reason = try json.string("reason", 0...400)
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("storefront", storefront)
        json.member("reason", reason)
    }
}
