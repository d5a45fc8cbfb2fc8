public import Commerce
public import Database
public import FoundationEssentials

/// A parcel as the database has it.
public struct Shipment: Sendable, Equatable {
    public var id: UUID
    public var fulfillment: UUID
    public var carrier: String
    public var waybill: String
    public var state: ShipmentState
    public var needsAttention: Bool
    /// The order it belongs to, and whose that is.
    public var reference: OrderReference
    /// By the merchant's word.
    public var dispatchedAt: Date
    /// What it carries; empty where all of its fulfillment order was shipped before parcels were counted.
    public var pieces: [Pieces]

    public init(
        id: UUID, fulfillment: UUID, carrier: String, waybill: String, state: ShipmentState = .dispatched, needsAttention: Bool = false,
        reference: OrderReference, dispatchedAt: Date, pieces: [Pieces] = []
    ) {
        self.id = id
        self.fulfillment = fulfillment
        self.carrier = carrier
        self.waybill = waybill
        self.state = state
        self.needsAttention = needsAttention
        self.reference = reference
        self.dispatchedAt = dispatchedAt
        self.pieces = pieces
    }
}

/// The table `shipments`.
public enum Shipments {
    /// How a parcel is found: by its id, or by what the carrier calls it.
    public struct Waybill: Sendable, Hashable {
        public let carrier: String
        public let number: String

        public init(carrier: String, number: String) {
            self.carrier = carrier
            self.number = number
        }
    }

    private static let columns =
        """
        s.id, s.fulfillment_id, s.carrier, s.waybill, s.state, s.needs_attention, s.dispatched_at,
        o.id, o.storefront, o.number, o.locale, o.buyer_ref
        """

    /// Locks and reads parcels by id or waybill, in the order of their ids. For ``decode(_:)``.
    public static func lock(ids: [UUID], waybills: [Waybill]) -> Query {
        Query(
            """
            SELECT \(columns) FROM shipments s JOIN orders o ON o.id = s.order_id
            WHERE s.id IN (\(found)) ORDER BY s.id FOR NO KEY UPDATE OF s
            """, .uuids(ids), .texts(waybills.map(\.carrier)), .texts(waybills.map(\.number)))
    }

    /// The ids of parcels by id (`$1`) or by carrier and waybill (`$2`, `$3`).
    static let found = """
        SELECT unnest($1::uuid[]) UNION
        SELECT w.id FROM unnest($2::text[], $3::text[]) AS r (carrier, waybill) JOIN shipments w USING (carrier, waybill)
        """

    /// Locks and reads the parcels of orders, in the order of their ids. For ``decode(_:)``.
    public static func lock(orders: [UUID]) -> Query {
        Query(
            """
            SELECT \(columns) FROM shipments s JOIN orders o ON o.id = s.order_id
            WHERE s.order_id = ANY ($1::uuid[]) ORDER BY s.id FOR NO KEY UPDATE OF s
            """, .uuids(orders))
    }

    /// Reads what ``lock(ids:waybills:)`` and ``lock(orders:)`` bring.
    public static func decode(_ rows: Rows) throws -> [Shipment] {
        try rows.map { row in
            Shipment(
                id: try row.uuid(0), fulfillment: try row.uuid(1), carrier: try row.text(2), waybill: try row.text(3),
                state: try row.choice(4), needsAttention: try row.bool(5), reference: try row.orderReference(from: 7),
                dispatchedAt: try row.timestamp(6))
        }
    }

    /// Writes new parcels.
    public static func insert(_ shipments: [Stamped<Shipment>]) -> Query {
        let rows = shipments.map(\.value)
        return Query(
            """
            INSERT INTO shipments (id, order_id, fulfillment_id, carrier, waybill, dispatched_at, dispatched_by, lines, quantities)
            SELECT id, order_id, fulfillment_id, carrier, waybill, at, message, lines::integer[], quantities::bigint[]
            FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[], $7::uuid[], $8::text[], $9::text[])
                AS s (id, order_id, fulfillment_id, carrier, waybill, at, message, lines, quantities)
            """, .uuids(rows.map(\.id)), .uuids(rows.map(\.reference.order)), .uuids(rows.map(\.fulfillment)),
            .texts(rows.map(\.carrier)), .texts(rows.map(\.waybill)), .timestamps(rows.map(\.dispatchedAt)),
            .uuids(shipments.map(\.stamp.message)),
            .optionalTexts(rows.map { $0.pieces.isEmpty ? nil : ArrayLiteral.of($0.pieces.lazy.map(\.n)) }),
            .optionalTexts(rows.map { $0.pieces.isEmpty ? nil : ArrayLiteral.of($0.pieces.lazy.map(\.quantity)) }))
    }

    /// Writes the right waybills of parcels. Of several for a parcel the last one counts.
    public static func correct(_ shipments: [Stamped<Shipment>]) -> Query {
        var last: [UUID: Stamped<Shipment>] = [:]
        for shipment in shipments { last[shipment.value.id] = shipment }
        let rows = last.values.sorted { $0.value.id.uuidString < $1.value.id.uuidString }
        return Query(
            """
            UPDATE shipments s SET carrier = c.carrier, waybill = c.waybill, changed_at = $1, changed_by = c.message
            FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[]) AS c (id, carrier, waybill, message)
            WHERE s.id = c.id
            """, .timestamp(rows.time()), .uuids(rows.map(\.value.id)), .texts(rows.map(\.value.carrier)),
            .texts(rows.map(\.value.waybill)), .uuids(rows.map(\.stamp.message)))
    }

    /// How far a parcel came.
    public struct Progress: Sendable, Equatable {
        public var shipment: UUID
        public var state: ShipmentState
        public var needsAttention: Bool
        /// When it was delivered, if it was.
        public var deliveredAt: Date?
        public var at: Date
        /// The message that says so.
        public var message: UUID

        public init(shipment: UUID, state: ShipmentState, needsAttention: Bool, deliveredAt: Date?, at: Date, message: UUID) {
            self.shipment = shipment
            self.state = state
            self.needsAttention = needsAttention
            self.deliveredAt = deliveredAt
            self.at = at
            self.message = message
        }
    }

    /// Writes how far parcels came. Of several entries for a parcel the last one counts.
    public static func progress(_ progress: [Progress]) -> Query {
        var last: [UUID: Progress] = [:]
        for entry in progress {
            var entry = entry
            entry.deliveredAt = entry.deliveredAt ?? last[entry.shipment]?.deliveredAt
            last[entry.shipment] = entry
        }
        let entries = last.values.sorted { $0.shipment.uuidString < $1.shipment.uuidString }
        return Query(
            """
            UPDATE shipments s SET state = p.state, needs_attention = p.needs_attention,
                delivered_at = coalesce(s.delivered_at, p.delivered_at), changed_at = p.at, changed_by = p.message
            FROM unnest($1::uuid[], $2::text[], $3::boolean[], $4::timestamptz[], $5::timestamptz[], $6::uuid[])
                AS p (id, state, needs_attention, delivered_at, at, message)
            WHERE s.id = p.id
            """, .uuids(entries.map(\.shipment)), .texts(entries.map(\.state.rawValue)), .bools(entries.map(\.needsAttention)),
            .optionalTimestamps(entries.map(\.deliveredAt)), .timestamps(entries.map(\.at)), .uuids(entries.map(\.message)))
    }
}
