public import FoundationEssentials
public import JSON

/// A parcel has been silent: the carrier is to be asked.
public struct TrackingDue: Message, Equatable {
    public static let type = "tracking.due"

    public var shipment: UUID

    public init(shipment: UUID) {
        self.shipment = shipment
    }

    public init(json: inout JSONObject) throws(JSONError) {
        shipment = try json.uuid("shipment")
    }

    public func write(to json: inout JSONWriter) {
        json.member("shipment", shipment)
    }
}
