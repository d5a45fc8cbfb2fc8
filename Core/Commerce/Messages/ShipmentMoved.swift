public import FoundationEssentials
public import JSON

/// A parcel came further, or met with a problem that somebody should look at.
public struct ShipmentMoved: OrderMessage, Equatable {
    public static let type = "shipment.moved"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The parcel's id.
    public var shipment: UUID
    /// How it stands.
    public var state: ShipmentState
    /// Whether the latest that the carrier reports is a problem.
    public var needsAttention: Bool

    public init(reference: OrderReference, shipment: UUID, state: ShipmentState, needsAttention: Bool = false) {
        self.reference = reference
        self.shipment = shipment
        self.state = state
        self.needsAttention = needsAttention
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        shipment = try json.uuid("shipment")
        state = try json.choice("state", as: ShipmentState.self)
        needsAttention = try json.optionalBool("needs_attention") ?? false
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("shipment", shipment)
        json.member("state", state.rawValue)
        json.member("needs_attention", needsAttention)
    }
}
