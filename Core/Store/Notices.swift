public import Commerce
public import Database
public import FoundationEssentials

/// The table `notices`: what buyers were told.
public enum Notices {
    /// A notice and the message that gave occasion to it.
    public struct Entry: Sendable, Equatable {
        public var notice: Notice
        public var at: Date
        public var message: UUID

        public init(notice: Notice, at: Date, message: UUID) {
            self.notice = notice
            self.at = at
            self.message = message
        }
    }

    /// Puts notices into their buyers' inboxes; those that are there already stay as they are.
    public static func insert(_ entries: [Entry]) -> Query {
        Query(
            """
            INSERT INTO notices (order_id, kind, channel, subject, state, title, body, message_id, at)
            SELECT n.order_id, n.kind, 'inbox', n.subject, 'sent', n.title, n.body, n.message, n.at
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::timestamptz[])
                AS n (order_id, kind, subject, title, body, message, at)
            ON CONFLICT DO NOTHING
            """, .uuids(entries.map(\.notice.reference.order)), .texts(entries.map(\.notice.kind.rawValue)),
            .uuids(entries.map(\.notice.subject)), .texts(entries.map(\.notice.title)), .texts(entries.map(\.notice.text)),
            .uuids(entries.map(\.message)), .timestamps(entries.map(\.at)))
    }

    // MARK: - What is true

    /// How orders and parcels stand, for ``Facts/init(_:)``.
    public static func facts(orders: [UUID], shipments: [UUID]) -> [Query] {
        [
            Query(
                """
                SELECT s.id, s.state, o.buyer_sealed FROM order_states s JOIN orders o ON o.id = s.id WHERE s.id = ANY ($1::uuid[])
                """, .uuids(orders)),
            Query("SELECT id, state FROM shipments WHERE id = ANY ($1::uuid[])", .uuids(shipments)),
        ]
    }

    /// How orders and parcels stand.
    public struct Facts: Sendable, Equatable {
        public var orders: [UUID: OrderState]
        public var shipments: [UUID: ShipmentState]
        /// By order: the buyer's data, sealed.
        public var sealed: [UUID: String]

        public init(orders: [UUID: OrderState] = [:], shipments: [UUID: ShipmentState] = [:], sealed: [UUID: String] = [:]) {
            self.orders = orders
            self.shipments = shipments
            self.sealed = sealed
        }

        /// Reads what ``Notices/facts(orders:shipments:)`` brings.
        public init(_ rows: [Rows]) throws {
            self.init()
            for row in rows[0] {
                let id = try row.uuid(0)
                orders[id] = OrderState(rawValue: try row.text(1))
                sealed[id] = try row.text(2)
            }
            for row in rows[1] { shipments[try row.uuid(0)] = ShipmentState(rawValue: try row.text(1)) }
        }

        /// Whether a notice is true as things stand.
        public func support(_ notice: Notice) -> Bool {
            notice.kind.isTrue(order: orders[notice.reference.order], shipment: shipments[notice.subject])
        }
    }
}
