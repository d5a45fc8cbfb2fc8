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

    public init(id: UUID, merchant: UUID, state: FulfillmentState, share: Share, lines: [Pieces]) {
        self.id = id
        self.merchant = merchant
        self.state = state
        self.share = share
        self.lines = lines
    }
}

/// The tables `orders` and `fulfillment_orders`, as fulfillment uses them.
public enum OrdersToFulfill {
    /// Locks orders and their fulfillment orders, in the order of their ids. For ``decode(_:)``.
    public static func lock(orders: [UUID]) -> [Query] {
        [
            Query(
                """
                SELECT o.id, o.storefront, o.number, o.locale, o.buyer_ref, o.currency, o.buyer_sealed, o.region, o.ended
                FROM orders o WHERE o.id = ANY ($1::uuid[]) ORDER BY o.id FOR NO KEY UPDATE
                """, .uuids(orders)),
            Query(
                """
                SELECT f.order_id, f.id, f.merchant, f.state, f.gross, f.commission_bp, f.lines, f.skus, f.quantities
                FROM fulfillment_orders f WHERE f.order_id = ANY ($1::uuid[]) ORDER BY f.order_id, f.id FOR NO KEY UPDATE OF f
                """, .uuids(orders)),
        ]
    }

    /// Reads what ``lock(orders:)`` brings, by order.
    public static func decode(_ orders: Rows, _ parts: Rows) throws -> [UUID: OrderToFulfill] {
        var found: [UUID: OrderToFulfill] = [:]
        for row in orders {
            let id = try row.uuid(0)
            found[id] = OrderToFulfill(
                reference: try row.orderReference(from: 0), currency: try row.choice(5), sealed: try row.text(6),
                region: try row.optionalText(7), ended: try row.optionalText(8).flatMap(OrderState.init), parts: [])
        }
        for row in parts { found[try row.uuid(0)]?.parts.append(try part(row)) }
        return found
    }

    private static func part(_ row: Row) throws -> FulfillmentPart {
        let (id, merchant) = (try row.uuid(1), try row.uuid(2))
        let skus: [String] = try row.array(7)
        let quantities: [Int64] = try row.array(8)
        let numbers: [Int64] = try row.array(6)
        return FulfillmentPart(
            id: id, merchant: merchant, state: try row.choice(3),
            share: Share(merchant: merchant, fulfillment: id, gross: try row.integer(4), commissionBP: try row.integer(5)),
            lines: numbers.indices.map { Pieces(n: numbers[$0], sku: skus[$0], quantity: quantities[$0]) })
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
}
