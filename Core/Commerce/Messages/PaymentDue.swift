public import FoundationEssentials
public import JSON

/// An order's time to pay is over: the provider is asked once more, then the payment is closed.
public struct PaymentDue: Message, Equatable {
    public static let type = "payment.due"

    public var order: UUID

    public init(order: UUID) {
        self.order = order
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
    }
}
