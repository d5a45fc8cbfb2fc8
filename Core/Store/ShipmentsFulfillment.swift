public import Commerce
public import Database
public import FoundationEssentials

/// An order and its fulfillment orders, as far as shipping them needs.
public struct OrderToFulfill: Sendable, Equatable {
    public var reference: OrderReference
    public var currency: Currency
    /// Whom it goes to, sealed.
    public var sealed: String
    public var region: String?
    /// `completed` or `cancelled`; nil while it is on its way.
    public var ended: OrderState?
    public var parts: [FulfillmentPart]

    public init(
        reference: OrderReference, currency: Currency, sealed: String, region: String? = nil, ended: OrderState? = nil,
        parts: [FulfillmentPart]
    ) {
        self.reference = reference
        self.currency = currency
        self.sealed = sealed
        self.region = region
        self.ended = ended
        self.parts = parts
    }
}

/// A fulfillment order.
public struct FulfillmentPart: Sendable, Equatable {
    public var id: UUID
    public var merchant: UUID
    public var state: FulfillmentState
    /// The merchant's share of the order, frozen at placement.
    public var share: Share
    public var lines: [Pieces]
    /// Whether stock is held for every one of its lines.
    public var isHeld: Bool

    public init(id: UUID, merchant: UUID, state: FulfillmentState, share: Share, lines: [Pieces], isHeld: Bool) {
        self.id = id
        self.merchant = merchant
        self.state = state
        self.share = share
        self.lines = lines
        self.isHeld = isHeld
    }
}

/// The tables `orders` and `fulfillment_orders`, as fulfillment uses them.
public enum OrdersToFulfill {
    /// Locks orders and their fulfillment orders, in the order of their ids. For ``decode(_:)``.
    public static func lock(orders: [UUID]) -> [Query] {
        [
            Query(
                """
                SELECT o.id, \(OrderReference.columns), o.currency, o.buyer_sealed, o.region, o.ended
                FROM orders o WHERE o.id = ANY ($1::uuid[]) ORDER BY o.id FOR UPDATE
                """, .uuids(orders)),
            Query(
                """
                SELECT f.order_id, f.id, f.merchant, f.state, f.gross, f.commission_bp, f.lines::bigint[], f.skus, f.quantities,
                    EXISTS (SELECT FROM stock_moves m WHERE m.id = f.order_id AND m.kind = 'reserve' AND f.lines <@ m.lines)
                FROM fulfillment_orders f WHERE f.order_id = ANY ($1::uuid[]) ORDER BY f.order_id, f.id FOR UPDATE OF f
                """, .uuids(orders)),
        ]
    }

    /// Reads what ``lock(orders:)`` brings, by order.
    public static func decode(_ orders: Rows, _ parts: Rows) throws -> [UUID: OrderToFulfill] {
        var found: [UUID: OrderToFulfill] = [:]
        for row in orders {
            let id = try row.uuid(0)
            guard let currency = Currency(rawValue: try row.text(5)) else {
                throw UnreadableRow(table: "orders", column: "currency", id: id)
            }
            found[id] = OrderToFulfill(
                reference: try OrderReference(order: id, row, from: 1), currency: currency, sealed: try row.text(6),
                region: try row.optionalText(7), ended: try row.optionalText(8).flatMap(OrderState.init), parts: [])
        }
        for row in parts { found[try row.uuid(0)]?.parts.append(try part(row)) }
        return found
    }

    private static func part(_ row: Row) throws -> FulfillmentPart {
        let (id, merchant) = (try row.uuid(1), try row.uuid(2))
        guard let state = FulfillmentState(rawValue: try row.text(3)) else {
            throw UnreadableRow(table: "fulfillment_orders", column: "state", id: id)
        }
        let skus: [String] = try row.array(7)
        let quantities: [Int64] = try row.array(8)
        let numbers: [Int64] = try row.array(6)
        guard skus.count == numbers.count, quantities.count == numbers.count else {
            throw UnreadableRow(table: "fulfillment_orders", column: "lines", id: id)
        }
        return FulfillmentPart(
            id: id, merchant: merchant, state: state,
            share: Share(merchant: merchant, fulfillment: id, gross: try row.integer(4), commissionBP: try row.integer(5)),
            lines: numbers.indices.map { Pieces(n: numbers[$0], sku: skus[$0], quantity: quantities[$0]) }, isHeld: try row.bool(9))
    }

    /// A fulfillment order's new state.
    public struct Change: Sendable, Equatable {
        public var order: UUID
        public var id: UUID
        public var state: FulfillmentState
        public var at: Date
        public var message: UUID

        public init(order: UUID, id: UUID, state: FulfillmentState, at: Date, message: UUID) {
            self.order = order
            self.id = id
            self.state = state
            self.at = at
            self.message = message
        }
    }

    /// Writes new states. Of several for one fulfillment order the last one counts.
    public static func change(_ changes: [Change]) -> Query {
        var last: [UUID: Change] = [:]
        for change in changes { last[change.id] = change }
        let changes = last.values.sorted { ($0.order.uuidString, $0.id.uuidString) < ($1.order.uuidString, $1.id.uuidString) }
        return Query(
            """
            UPDATE fulfillment_orders f SET state = c.state, changed_at = c.at, changed_by = c.message
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[]) AS c (order_id, id, state, at, message)
            WHERE f.order_id = c.order_id AND f.id = c.id
            """, .uuids(changes.map(\.order)), .uuids(changes.map(\.id)), .texts(changes.map(\.state.rawValue)),
            .timestamps(changes.map(\.at)), .uuids(changes.map(\.message)))
    }

    /// Writes that orders are complete.
    public static func complete(_ orders: [(order: UUID, at: Date, message: UUID)]) -> Query {
        Query(
            """
            UPDATE orders o SET ended = 'completed', ended_at = c.at, ended_by = c.message
            FROM unnest($1::uuid[], $2::timestamptz[], $3::uuid[]) AS c (id, at, message)
            WHERE o.id = c.id AND o.ended IS NULL
            """, .uuids(orders.map(\.order)), .timestamps(orders.map(\.at)), .uuids(orders.map(\.message)))
    }
}
