public import FoundationEssentials
public import JSON

/// A merchant is not to ship a fulfillment order any more.
public struct FulfillmentCancelled: OrderMessage, Equatable {
    public static let type = "fulfillment.cancelled"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// Why.
    public var reason: String

    public init(reference: OrderReference, fulfillment: UUID, merchant: UUID, reason: String) {
        self.reference = reference
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.reason = reason
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        reason = try json.string("reason", 0...400)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.member("reason", reason)
    }
}
