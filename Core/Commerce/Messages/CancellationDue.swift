public import FoundationEssentials
public import JSON

/// A merchant's time to answer whether a fulfillment order can be cancelled is over.
public struct CancellationDue: Message, Equatable {
    public static let type = "cancellation.due"

    /// The order's id.
    public var order: UUID
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The message that asked: a later request has a time of its own.
    public var request: UUID

    public init(order: UUID, fulfillment: UUID, request: UUID) {
        self.order = order
        self.fulfillment = fulfillment
        self.request = request
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        fulfillment = try json.uuid("fulfillment")
        request = try json.uuid("request")
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("fulfillment", fulfillment)
        json.member("request", request)
    }
}
