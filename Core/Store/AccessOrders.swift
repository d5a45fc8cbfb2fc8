public import Commerce
internal import Database
public import FoundationEssentials

/// How an order stands, as its storefront may see it. No personal data.
public struct OrderView: Sendable, Equatable {
    /// One merchant's part.
    public struct Fulfillment: Sendable, Equatable {
        public let id: UUID
        public let merchant: UUID
        public let state: FulfillmentState
        /// Its lines, and what became of their pieces.
        public var lines: [Line] = []
    }

    /// A line of the order.
    public struct Line: Sendable, Equatable {
        /// Its number in the order, from 1.
        public let n: Int64
        public let sku: String
        public let ordered: Int64
        public let cancelled: Int64
        public let shipped: Int64
        public let delivered: Int64
    }

    public let order: UUID
    /// The number that people use.
    public let number: String
    public let state: OrderState
    public let payment: PaymentState
    public let method: String
    public let currency: String
    /// Minor units.
    public let total: Int64
    /// What the buyer scans to pay; nil where there is nothing to pay.
    public let codeURL: String?
    /// Until when it can be paid.
    public let payBy: Date?
    public let fulfillments: [Fulfillment]
    public let placedAt: Date
    public let endedAt: Date?
    /// Why it was cancelled, in a word.
    public let endedReason: String?
}

extension Access {
    /// An order of a storefront; nil where it is not placed yet, is not there, or is another's.
    public func order(_ order: UUID, of storefront: UUID) async throws -> OrderView? {
        let results = try await database.queries([
            Query(
                """
                select s.number, s.state, s.payment, o.method, o.currency, o.total, p.code_url, p.expires_at, s.placed_at, s.ended_at,
                    s.ended_reason
                from order_states s join orders o on o.id = s.id left join payments p on p.order_id = s.id
                where s.id = $1 and s.storefront = $2
                """, .uuid(order), .uuid(storefront)),
            Query(
                """
                select f.id, f.merchant, f.state from fulfillment_orders f join orders o on o.id = f.order_id
                where f.order_id = $1 and o.storefront = $2 order by f.id
                """, .uuid(order), .uuid(storefront)),
            Query(
                """
                select l.fulfillment_id, l.line, l.sku, l.ordered, l.cancelled, l.shipped, l.delivered
                from order_lines l where l.order_id = $1 order by l.line
                """, .uuid(order)),
        ])
        guard let row = results[0].first else { return nil }
        var lines: [UUID: [OrderView.Line]] = [:]
        for row in results[2] {
            lines[try row.uuid(0), default: []].append(
                OrderView.Line(
                    n: try row.integer(1), sku: try row.text(2), ordered: try row.integer(3), cancelled: try row.integer(4),
                    shipped: try row.integer(5), delivered: try row.integer(6)))
        }
        let payment = PaymentState(rawValue: try row.text(2)) ?? .none
        return OrderView(
            order: order, number: Self.number(try row.integer(0)), state: OrderState(rawValue: try row.text(1)) ?? .placed,
            payment: payment, method: try row.text(3), currency: try row.text(4), total: try row.integer(5),
            codeURL: payment == .open ? try row.optionalText(6) : nil, payBy: payment == .open ? try row.optionalTimestamp(7) : nil,
            fulfillments: try results[1].map { row in
                OrderView.Fulfillment(
                    id: try row.uuid(0), merchant: try row.uuid(1), state: FulfillmentState(rawValue: try row.text(2)) ?? .planned,
                    lines: lines[try row.uuid(0)] ?? [])
            },
            placedAt: try row.timestamp(8), endedAt: try row.optionalTimestamp(9), endedReason: try row.optionalText(10))
    }

    private static func number(_ value: Int64) -> String { OrderNumber(value: value)?.text ?? String(value) }

    /// Whether an order is placed and is this storefront's. Nil where it is not placed.
    public func owns(_ storefront: UUID, order: UUID) async throws -> Bool? {
        try await database.query(Query("select storefront = $2 from orders where id = $1", .uuid(order), .uuid(storefront)))
            .first?.bool(0)
    }
}
