public import FoundationEssentials
public import JSON

/// The buyer's time to object is over.
public struct ConfirmationDue: Message, Equatable {
    public static let type = "confirmation.due"

    /// The order's id.
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
