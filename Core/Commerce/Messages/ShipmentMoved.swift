public import FoundationEssentials
public import JSON

/// A parcel's state changed.
public struct ShipmentMoved: OrderMessage, Equatable {
    public static let type = "shipment.moved"

    public var reference: OrderReference
    public var shipment: UUID
    public var state: ShipmentState

    public init(reference: OrderReference, shipment: UUID, state: ShipmentState) {
        self.reference = reference
        self.shipment = shipment
        self.state = state
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        shipment = try json.uuid("shipment")
        state = try json.choice("state", as: ShipmentState.self)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("shipment", shipment)
        json.member("state", state.rawValue)
    }
}
