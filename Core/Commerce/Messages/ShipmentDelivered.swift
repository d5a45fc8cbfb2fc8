public import FoundationEssentials
public import JSON

/// A parcel has arrived.
public struct ShipmentDelivered: OrderMessage, Equatable {
    public static let type = "shipment.delivered"

    public var reference: OrderReference
    public var shipment: UUID
    public var fulfillment: UUID
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
