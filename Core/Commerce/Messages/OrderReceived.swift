public import FoundationEssentials
public import JSON

/// The buyer says that everything has arrived.
public struct OrderReceived: Message, Equatable {
    public static let type = "order.received"

    /// The order's id.
    public var order: UUID
    /// Whose order it is.
    public var storefront: UUID?

    public init(order: UUID, storefront: UUID? = nil) {
        self.order = order
        self.storefront = storefront
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        storefront = try json.optionalUUID("storefront")
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("storefront", ifPresent: storefront)
    }
}
