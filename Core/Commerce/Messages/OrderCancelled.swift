public import JSON

/// An order ended before it was paid, or before anything of it was shipped.
public struct OrderCancelled: OrderMessage, Equatable {
    public static let type = "order.cancelled"

    /// Which order, and whose.
    public var reference: OrderReference
    /// Why.
    public var reason: CancelReason
    /// Whether stock was held for it when it was cancelled.
    public var wasReserved: Bool

    public init(reference: OrderReference, reason: CancelReason, wasReserved: Bool) {
        self.reference = reference
        self.reason = reason
        self.wasReserved = wasReserved
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        reason = try json.choice("reason", as: CancelReason.self)
        wasReserved = try json.bool("was_reserved")
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("reason", reason.rawValue)
        json.member("was_reserved", wasReserved)
    }
}
