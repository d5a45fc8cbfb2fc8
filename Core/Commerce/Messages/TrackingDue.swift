public import FoundationEssentials
public import JSON

/// The carrier is to be asked where a parcel is: the fallback for pushes that don't come.
public struct TrackingDue: Message, Equatable {
    public static let type = "tracking.due"

    /// The order's id.
    public var order: UUID
    /// The parcel's id.
    public var shipment: UUID
    /// The carrier's code.
    public var carrier: String
    /// The carrier's number for the parcel.
    public var waybill: String
    /// Which time it is that the carrier is asked about this parcel, from 1.
    public var poll: Int64

    public init(order: UUID, shipment: UUID, carrier: String, waybill: String, poll: Int64) {
        self.order = order
        self.shipment = shipment
        self.carrier = carrier
        self.waybill = waybill
        self.poll = poll
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        shipment = try json.uuid("shipment")
        carrier = try json.string("carrier", 1...64)
        waybill = try json.string("waybill", 1...64)
        poll = try json.integer("poll", 1...1_000_000)
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("shipment", shipment)
        json.member("carrier", carrier)
        json.member("waybill", waybill)
        json.member("poll", poll)
    }
}
