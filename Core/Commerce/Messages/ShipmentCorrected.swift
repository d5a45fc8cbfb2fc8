public import FoundationEssentials
public import JSON

/// A merchant says that a parcel has another waybill than it said before.
public struct ShipmentCorrected: Message, Equatable {
    public static let type = "shipment.corrected"

    /// The order's id.
    public var order: UUID
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The merchant's id.
    public var merchant: UUID
    /// The carrier and waybill that were wrong.
    public var wrongCarrier: String
    public var wrongWaybill: String
    /// The right ones.
    public var carrier: String
    public var waybill: String

    public init(
        order: UUID, fulfillment: UUID, merchant: UUID, wrongCarrier: String, wrongWaybill: String, carrier: String, waybill: String
    ) {
        self.order = order
        self.fulfillment = fulfillment
        self.merchant = merchant
        self.wrongCarrier = wrongCarrier
        self.wrongWaybill = wrongWaybill
        self.carrier = carrier
        self.waybill = waybill
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        fulfillment = try json.uuid("fulfillment")
        merchant = try json.uuid("merchant")
        wrongCarrier = try json.string("wrong_carrier", 1...64)
        wrongWaybill = try json.string("wrong_waybill", 1...64)
        carrier = try json.string("carrier", 1...64)
        waybill = try json.string("waybill", 1...64)
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("fulfillment", fulfillment)
        json.member("merchant", merchant)
        json.member("wrong_carrier", wrongCarrier)
        json.member("wrong_waybill", wrongWaybill)
        json.member("carrier", carrier)
        json.member("waybill", waybill)
    }
}
