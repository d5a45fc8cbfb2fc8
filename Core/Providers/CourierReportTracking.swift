public import Commerce

extension CourierReport {
    /// What it says, as a message for whoever follows parcels. Where the newest scan has no code of its own, the code of the
    /// whole is its.
    /// - Parameters:
    ///   - carrier: the courier that the parcel turned out to be with, where it differs from the report's.
    ///   - limit: how many scans are kept, the newest.
    public func tracked(carrier corrected: String? = nil, limit: Int = 200) -> TrackingReported {
        let reached: ShipmentState = state == .delivered ? .delivered : TrackingCode.meaning(of: code).reached ?? .dispatched
        let newest = events.max { $0.at < $1.at }
        let scans = events.prefix(limit).map { event in
            TrackingEvent(at: event.at, code: event.code ?? (event == newest ? code : ""), text: String(event.text.prefix(1_000)))
        }
        return TrackingReported(carrier: corrected ?? carrier, waybill: waybill, state: reached, events: scans)
    }
}
