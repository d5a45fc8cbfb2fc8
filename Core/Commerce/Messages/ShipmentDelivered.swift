public import FoundationEssentials
public import JSON

/// A parcel has arrived.
public struct ShipmentDelivered: OrderMessage, Equatable {
    public static let type = "shipment.delivered"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The parcel's id.
    public var shipment: UUID
    /// The fulfillment order's id.
    public var fulfillment: UUID
    /// When it happened.
    public var at: Date

    public init(reference: OrderReference, shipment: UUID, fulfillment: UUID, at: Date) {
        self.reference = reference
        self.shipment = shipment
        self.fulfillment = fulfillment
        self.at = at
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        shipment = try json.uuid("shipment")
        fulfillment = try json.uuid("fulfillment")
        at = try json.moment("at_ms")
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("shipment", shipment)
        json.member("fulfillment", fulfillment)
        json.member("at_ms", at)
    }
}
