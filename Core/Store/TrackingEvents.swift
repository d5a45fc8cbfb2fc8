public import Commerce
public import Database
public import FoundationEssentials

/// The table `tracking_events`.
public enum TrackingEvents {
    /// Reads what is known of parcels that are found as ``Shipments/lock(ids:waybills:)`` finds them.
    public static func keys(ids: [UUID], waybills: [Shipments.Waybill]) -> Query {
        Query(
            "SELECT e.shipment_id, e.at, e.code FROM tracking_events e WHERE e.shipment_id IN (\(Shipments.found))",
            .uuids(ids), .texts(waybills.map(\.carrier)), .texts(waybills.map(\.number)))
    }

    /// Reads what ``keys(ids:waybills:)`` brings, by parcel.
    public static func decode(_ rows: Rows) throws -> [UUID: [TrackingEvent.Key]] {
        var keys: [UUID: [TrackingEvent.Key]] = [:]
        for row in rows {
            keys[try row.uuid(0), default: []].append(
                TrackingEvent.Key(atMS: try row.timestamp(1).milliseconds, code: try row.text(2)))
        }
        return keys
    }

    /// An event of a parcel that is new.
    public struct New: Sendable, Equatable {
        public var shipment: UUID
        public var event: TrackingEvent
        public var reportedAt: Date
        /// The message that reported it.
        public var message: UUID

        public init(shipment: UUID, event: TrackingEvent, reportedAt: Date, message: UUID) {
            self.shipment = shipment
            self.event = event
            self.reportedAt = reportedAt
            self.message = message
        }
    }

    /// Writes events; those that are there already stay as they are.
    public static func insert(_ events: [New]) -> Query {
        Query(
            """
            INSERT INTO tracking_events (shipment_id, at, code, says, reported_at, message_id)
            SELECT * FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::timestamptz[], $6::uuid[])
            ON CONFLICT DO NOTHING
            """, .uuids(events.map(\.shipment)), .timestamps(events.map { Date(milliseconds: $0.event.key.atMS) }),
            .texts(events.map(\.event.code)), .texts(events.map(\.event.text)), .timestamps(events.map(\.reportedAt)),
            .uuids(events.map(\.message)))
    }
}
