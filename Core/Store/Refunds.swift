public import Commerce
public import Database
public import FoundationEssentials

/// The table `refunds`: what is to be given back, and was.
public enum Refunds {
    /// A refund that is due. Its id is the one that the provider is asked with, so that asking twice pays once.
    public struct Due: Sendable {
        /// Its id.
        public let id: UUID
        /// The order's id.
        public let order: UUID
        /// Minor units.
        public let amount: Int64
        /// What all amounts are in.
        public let currency: Currency
        /// Why.
        public let reason: RefundReason

        public init(id: UUID, order: UUID, amount: Int64, currency: Currency, reason: RefundReason) {
            self.id = id
            self.order = order
            self.amount = amount
            self.currency = currency
            self.reason = reason
        }
    }

    /// Stores refunds that are due; one that is there already stays as it is.
    public static func insert(_ refunds: [Stamped<Due>]) -> Query {
        let values = refunds.map(\.value)
        return Query(
            """
            insert into refunds (id, order_id, reason, currency, amount, due_at, changed_by)
            select id, order_id, reason, currency, amount, $1, message
            from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::int8[], $7::uuid[])
                as refund (id, order_id, reason, currency, amount, message)
            on conflict (id) do nothing
            """,
            .timestamp(refunds.time()), .uuids(values.map(\.id)), .uuids(values.map(\.order)), .texts(values.map(\.reason.rawValue)),
            .texts(values.map(\.currency.rawValue)), .integers(values.map(\.amount)), .uuids(refunds.map(\.stamp.message)))
    }

    /// A refund as it stands.
    public struct Standing: Sendable, Equatable {
        /// The order's id.
        public let order: UUID
        /// Minor units.
        public let amount: Int64
        /// Since when it is due.
        public let dueAt: Date
        /// Whether it was given back.
        public var isSettled: Bool

        public init(order: UUID, amount: Int64, dueAt: Date, isSettled: Bool) {
            self.order = order
            self.amount = amount
            self.dueAt = dueAt
            self.isSettled = isSettled
        }
    }

    /// All refunds of these orders.
    public static func all(of orders: [UUID]) -> Query {
        Query("select id, order_id, amount, due_at, state = 'settled' from refunds where order_id = any($1)", .uuids(orders))
    }

    /// Reads ``all(of:)``, by id.
    public static func standings(from rows: Rows) throws -> [UUID: Standing] {
        var standings: [UUID: Standing] = [:]
        for row in rows {
            standings[try row.uuid(0)] = Standing(
                order: try row.uuid(1), amount: try row.integer(2), dueAt: try row.timestamp(3), isSettled: try row.bool(4))
        }
        return standings
    }

    /// Records that refunds were given back.
    /// - Parameter refunds: our id and the provider's name for each.
    public static func settle(_ refunds: [Stamped<(id: UUID, refundID: String)>]) -> Query {
        Query(
            """
            update refunds r set state = 'settled', refund_id = settled.refund_id, changed_at = $1, changed_by = settled.message
            from unnest($2::uuid[], $3::text[], $4::uuid[]) as settled (id, refund_id, message)
            where r.id = settled.id and r.state = 'due'
            """,
            .timestamp(refunds.time()), .uuids(refunds.map(\.value.id)), .texts(refunds.map(\.value.refundID)),
            .uuids(refunds.map(\.stamp.message)))
    }
}
