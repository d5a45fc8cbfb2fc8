public import FoundationEssentials
public import JSON

/// A merchant says that it shipped its part of an order, or some of it in a parcel.
public struct FulfillmentShipped: Message, Equatable {
    public static let type = "fulfillment.shipped"

    /// The order's id.
    public var order: UUID
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// The carrier's code.
    public var carrier: String
    /// The carrier's number for the parcel.
    public var waybill: String
    /// When it happened.
    public var at: Date

    /// What the parcel carries; nil for all that was still to be shipped.
    public var portions: [Portion]?

    public init(
        order: UUID, fulfillment: UUID, merchant: UUID, carrier: String, waybill: String, at: Date, portions: [Portion]? = nil
    ) {
        self.order = order
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.carrier = carrier
        self.waybill = waybill
        self.at = at
        self.portions = portions
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        carrier = try json.string("carrier", 1...64)
        waybill = try json.string("waybill", 1...64)
        at = try json.moment("at_ms")
        portions = try json.optionalArray("portions", 1...1_000) { value throws(JSONError) in try Portion(value) }
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.member("carrier", carrier)
        json.member("waybill", waybill)
        json.member("at_ms", at)
        if let portions {
            json.array("portions", of: portions) { json, portion in json.object { portion.write(to: &$0) } }
        }
    }
}
