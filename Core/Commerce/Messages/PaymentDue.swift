public import FoundationEssentials
public import JSON

/// The provider is to be asked how a payment stands: its notification may have been lost, or its time to pay is over.
public struct PaymentDue: Message, Equatable {
    public static let type = "payment.due"

    /// The order's id.
    public var order: UUID
    /// Whether it is to be closed where it is not paid: its time is over, or its order was cancelled.
    public var closes: Bool

    public init(order: UUID, closes: Bool = true) {
        self.order = order
        self.closes = closes
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        closes = try json.optionalBool("closes") ?? true
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("closes", closes)
    }
}
