public import JSON

/// Nobody paid in time and the payment was closed at the provider.
public struct PaymentExpired: OrderMessage, Equatable {
    public static let type = "payment.expired"

    /// Which order, and whose.
    public var reference: OrderReference
    /// Why.
    public var reason: String

    public init(reference: OrderReference, reason: String) {
        self.reference = reference
        self.reason = reason
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        reason = try json.string("reason", 0...400)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("reason", reason)
    }
}
