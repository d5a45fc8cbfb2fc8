public import FoundationEssentials
public import JSON

/// A submitted order was refused for good; it was not stored, and what was stored before under its id is untouched.
public struct OrderRejected: Message, Equatable {
    public static let type = "order.rejected"

    /// The order's id.
    public var order: UUID
    /// Whose order it is.
    public var storefront: UUID
    /// Why.
    public var reason: RejectionReason
    /// The place in the submitted order, as a JSON pointer.
    public var pointer: String?

    public init(order: UUID, storefront: UUID, reason: RejectionReason, pointer: String? = nil) {
        self.order = order
        self.storefront = storefront
        self.reason = reason
        self.pointer = pointer
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        storefront = try json.uuid("storefront")
        reason = try json.choice("reason", as: RejectionReason.self)
        pointer = try json.optionalString("pointer", 0...400)
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("storefront", storefront)
        json.member("reason", reason.rawValue)
        json.member("pointer", ifPresent: pointer)
    }
}
