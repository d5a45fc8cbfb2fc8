public import FoundationEssentials
public import JSON

/// What was held for an order can be sold again.
public struct StockReleased: Message, Equatable {
    public static let type = "stock.released"

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
