public import FoundationEssentials
public import JSON

/// A parcel is on its way.
public struct ShipmentDispatched: OrderMessage, Equatable {
    public static let type = "shipment.dispatched"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The parcel's id.
    public var shipment: UUID
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// The carrier's code.
    public var carrier: String
    /// The carrier's number for the parcel.
    public var waybill: String

    public init(reference: OrderReference, shipment: UUID, fulfillment: UUID, carrier: String, waybill: String) {
        self.reference = reference
        self.shipment = shipment
        self.fulfillment = fulfillment
        self.carrier = carrier
        self.waybill = waybill
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        shipment = try json.uuid("shipment")
        fulfillment = try json.uuid("fulfillment")
        carrier = try json.string("carrier", 1...64)
        waybill = try json.string("waybill", 1...64)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("shipment", shipment)
        json.member("fulfillment", fulfillment)
        json.member("carrier", carrier)
        json.member("waybill", waybill)
    }
}
