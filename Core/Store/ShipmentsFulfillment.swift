public import Commerce
public import Database
public import FoundationEssentials

/// An order and its fulfillment orders, as far as shipping or cancelling them needs.
public struct OrderToFulfill: Sendable, Equatable {
    public var reference: OrderReference
    public var currency: Currency
    /// How it was paid.
    public var method: PaymentMethod
    /// What was paid, in minor units, and what of it is for shipping.
    public var total: Int64
    public var freight: Int64
    /// Whom it goes to, sealed.
    public var sealed: String
    public var region: String?
    /// `completed` or `cancelled`; nil while it is on its way.
    public var ended: OrderState?
    public var parts: [FulfillmentPart]

    public init(
        reference: OrderReference, currency: Currency, method: PaymentMethod = .prepaid, total: Int64 = 0, freight: Int64 = 0,
        sealed: String, region: String? = nil, ended: OrderState? = nil, parts: [FulfillmentPart]
    ) {
        self.reference = reference
        self.currency = currency
        self.method = method
        self.total = total
        self.freight = freight
        self.sealed = sealed
        self.region = region
        self.ended = ended
        self.parts = parts
    }
}

/// A fulfillment order.
public struct FulfillmentPart: Sendable, Equatable {
    /// A wish to have it cancelled that the merchant has not answered yet.
    public struct Request: Sendable, Equatable {
        /// The message that asks.
        public let message: UUID
        /// Until when the merchant may answer.
        public let answerBy: Date

        public init(message: UUID, answerBy: Date) {
            self.message = message
            self.answerBy = answerBy
        }
    }

    public var id: UUID
    public var merchant: UUID
    public var state: FulfillmentState
    /// The merchant's share of the order, frozen at placement.
    public var share: Share
    public var lines: [FulfillmentLine]
    /// What of the share goes back, or went, to the buyer.
    public var refunded: Int64
    /// Why it is on hold; stays while somebody wants it cancelled.
    public var note: String?
    public var request: Request?

    public init(
        id: UUID, merchant: UUID, state: FulfillmentState, share: Share, lines: [FulfillmentLine], refunded: Int64 = 0,
        note: String? = nil, request: Request? = nil
    ) {
        self.id = id
        self.merchant = merchant
        self.state = state
        self.share = share
        self.lines = lines
        self.refunded = refunded
        self.note = note
        self.request = request
    }

    /// The share less what was given back of it.
    public var remainingShare: Share {
        var share = share
        share.gross -= refunded
        return share
    }
}

/// The tables `orders` and `fulfillment_orders`, as fulfillment uses them.
public enum OrdersToFulfill {
    /// Locks orders and their fulfillment orders, in the order of their ids. For ``decode(_:_:)``.
    public static func lock(orders: [UUID]) -> [Query] {
        [
            Query(
                """
                SELECT o.id, o.storefront, o.number, o.locale, o.buyer_ref, o.currency, o.buyer_sealed, o.region, o.ended, o.method,
                    o.total, o.freight
                FROM orders o WHERE o.id = ANY ($1::uuid[]) ORDER BY o.id FOR NO KEY UPDATE
                """, .uuids(orders)),
            Query(
                """
                SELECT f.order_id, f.id, f.merchant, f.state, f.gross, f.commission_bp, f.lines, f.skus, f.quantities, f.unit_prices,
                    coalesce(f.cancelled, array_fill(0::int8, ARRAY[cardinality(f.lines)])),
                    coalesce(f.shipped, array_fill(0::int8, ARRAY[cardinality(f.lines)])),
                    f.refunded, f.note, f.asked_by, f.answer_by
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
                reference: try row.orderReference(from: 0), currency: try row.choice(5), method: try row.choice(9),
                total: try row.integer(10), freight: try row.integer(11), sealed: try row.text(6),
                region: try row.optionalText(7), ended: try row.optionalText(8).flatMap(OrderState.init), parts: [])
        }
        for row in parts { found[try row.uuid(0)]?.parts.append(try part(row)) }
        return found
    }

    private static func part(_ row: Row) throws -> FulfillmentPart {
        let (id, merchant) = (try row.uuid(1), try row.uuid(2))
        let skus: [String] = try row.array(7)
        let numbers: [Int64] = try row.array(6)
        let (quantities, prices) = (try row.array(8, of: Int64.self), try row.array(9, of: Int64.self))
        let (cancelled, shipped) = (try row.array(10, of: Int64.self), try row.array(11, of: Int64.self))
        let lines = numbers.indices.map { index in
            FulfillmentLine(
                n: numbers[index], sku: skus[index], quantity: quantities[index], unitPrice: prices[index], cancelled: cancelled[index],
                shipped: shipped[index])
        }
        var request: FulfillmentPart.Request?
        if let message = try row.optionalUUID(14), let answerBy = try row.optionalTimestamp(15) {
            request = FulfillmentPart.Request(message: message, answerBy: answerBy)
        }
        return FulfillmentPart(
            id: id, merchant: merchant, state: try row.choice(3),
            share: Share(merchant: merchant, fulfillment: id, gross: try row.integer(4), commissionBP: try row.integer(5)), lines: lines,
            refunded: try row.integer(12), note: try row.optionalText(13), request: request)
    }

    /// How a fulfillment order stands from now on.
    public struct Change: Sendable, Equatable {
        public var order: UUID
        public var part: FulfillmentPart
        public var at: Date
        public var message: UUID

        public init(order: UUID, part: FulfillmentPart, at: Date, message: UUID) {
            self.order = order
            self.part = part
            self.at = at
            self.message = message
        }
    }

    /// Writes how fulfillment orders stand. Of several changes of one the last one counts.
    public static func change(_ changes: [Change]) -> Query {
        var last: [UUID: Change] = [:]
        for change in changes { last[change.part.id] = change }
        let changes = last.values.sorted { ($0.order.uuidString, $0.part.id.uuidString) < ($1.order.uuidString, $1.part.id.uuidString) }
        let parts = changes.map(\.part)
        return Query(
            """
            UPDATE fulfillment_orders f SET state = c.state, cancelled = c.cancelled::bigint[], shipped = c.shipped::bigint[],
                refunded = c.refunded, note = c.note, asked_by = c.asked_by, answer_by = c.answer_by, changed_at = c.at,
                changed_by = c.message
            FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[], $8::uuid[],
                $9::timestamptz[], $10::timestamptz[], $11::uuid[])
                AS c (order_id, id, state, cancelled, shipped, refunded, note, asked_by, answer_by, at, message)
            WHERE f.order_id = c.order_id AND f.id = c.id
            """, .uuids(changes.map(\.order)), .uuids(parts.map(\.id)), .texts(parts.map(\.state.rawValue)),
            .optionalTexts(parts.map { counts($0.lines.map(\.cancelled)) }), .optionalTexts(parts.map { counts($0.lines.map(\.shipped)) }),
            .integers(parts.map(\.refunded)), .optionalTexts(parts.map(\.note)), .optionalUUIDs(parts.map(\.request?.message)),
            .optionalTimestamps(parts.map(\.request?.answerBy)), .timestamps(changes.map(\.at)), .uuids(changes.map(\.message)))
    }

    /// As an array of the database; nil where nothing is counted.
    private static func counts(_ counts: [Int64]) -> String? {
        counts.allSatisfy { $0 == 0 } ? nil : ArrayLiteral.of(counts)
    }
}
