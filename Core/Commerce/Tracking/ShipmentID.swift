public import FoundationEssentials

/// How shipments are named.
public enum ShipmentID {
    /// A shipment's id: the UUIDv5 of its fulfillment order, the carrier and the waybill, so that a merchant who says twice
    /// that a parcel left means one shipment.
    public static func make(fulfillment: UUID, carrier: String, waybill: String) -> UUID {
        OrderID.version5(namespace: fulfillment, name: "\(carrier)/\(waybill)")
    }
}
