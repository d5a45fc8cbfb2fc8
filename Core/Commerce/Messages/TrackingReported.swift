public import FoundationEssentials
public import JSON

/// A carrier told where a parcel is, or was asked.
public struct TrackingReported: Message, Equatable {
    public static let type = "tracking.reported"

    /// The carrier's code.
    public var carrier: String
    /// The carrier's number for the parcel.
    public var waybill: String
    /// The parcel's id.
    public var shipment: UUID?
    /// How it stands.
    public var state: ShipmentState
    /// What happened to the parcel, in any order.
    public var events: [TrackingEvent]

    public init(carrier: String, waybill: String, shipment: UUID? = nil, state: ShipmentState, events: [TrackingEvent]) {
        self.carrier = carrier
        self.waybill = waybill
        self.shipment = shipment
        self.state = state
        self.events = events
    }

    public init(json: inout JSONObject) throws(JSONError) {
        carrier = try json.string("carrier", 1...64)
        waybill = try json.string("waybill", 1...64)
        shipment = try json.optionalUUID("shipment")
        state = try json.choice("state", as: ShipmentState.self)
        events = try json.array("events", 0...1_000) { value throws(JSONError) in try TrackingEvent(value) }
    }

    public func write(to json: inout JSONWriter) {
        json.member("carrier", carrier)
        json.member("waybill", waybill)
        json.member("shipment", ifPresent: shipment)
        json.member("state", state.rawValue)
        json.array("events", of: events) { json, element in json.object { element.write(to: &$0) } }
    }
}
