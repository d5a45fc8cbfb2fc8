public import Commerce
public import Database
public import FoundationEssentials

/// The table `payments`: at most one row an order.
///
/// A row is also how payment and cancellation keep out of each other's way. Whoever pays locks or inserts the row; whoever
/// cancels an order locks it, or inserts one that is closed. So an order is never both paid and cancelled; money that comes
/// in for a closed payment is given back.
public enum PaymentRows {
    /// Closes the payments of orders that somebody wants cancelled and that have none yet, so that none can begin. Comes
    /// first in the flight, then ``lock(_:)``, then ``Orders/lockForCancelling(_:)``.
    /// - Parameter requests: the orders; with the storefront that asks, where it is one: then only its own orders.
    public static func bar(_ requests: [Stamped<(order: UUID, storefront: UUID?)>]) -> Query {
        Query(
            """
            insert into payments (order_id, state, method, currency, amount, reason, created_at, created_by)
            select distinct on (o.id) o.id, 'closed', o.method, o.currency, o.total, 'cancelled', $1, asked.message
            from unnest($2::uuid[], $3::uuid[], $4::uuid[]) as asked (id, storefront, message) join orders o on o.id = asked.id
            where o.ended is null and (asked.storefront is null or asked.storefront = o.storefront)
            order by o.id
            on conflict (order_id) do nothing
            """,
            .timestamp(requests.time()), .uuids(requests.map(\.value.order)), .optionalUUIDs(requests.map(\.value.storefront)),
            .uuids(requests.map(\.stamp.message)))
    }

    /// Locks the payments of some orders, in the order of their ids.
    public static func lock(_ orders: [UUID]) -> Query {
        Query(columns + " order by order_id for no key update", .uuids(orders))
    }

    /// The payments of some orders, unlocked: enough where a row is only ever inserted, which the key guards.
    public static func all(of orders: [UUID]) -> Query {
        Query(columns, .uuids(orders))
    }

    private static let columns = """
        select order_id, state, method, currency, amount, code_url, expires_at, transaction_id, paid_amount, paid_at, reason
        from payments where order_id = any($1)
        """

    /// Reads ``lock(_:)`` and ``all(of:)``.
    public static func payments(from rows: Rows) throws -> [UUID: Payment] {
        var payments: [UUID: Payment] = [:]
        for row in rows {
            let payment = Payment(
                order: try row.uuid(0), state: try row.choice(1), method: try row.choice(2), currency: try row.choice(3),
                amount: try row.integer(4), codeURL: try row.optionalText(5), expiresAt: try row.optionalTimestamp(6),
                transactionID: try row.optionalText(7), paidAmount: try row.optionalInteger(8), paidAt: try row.optionalTimestamp(9),
                reason: try row.optionalText(10))
            payments[payment.order] = payment
        }
        return payments
    }

    /// Stores new payments. Where an order has one already, it fails (23505): the batch is run again and sees it.
    public static func insert(_ payments: [Stamped<Payment>]) -> Query {
        let values = payments.map(\.value)
        return Query(
            """
            insert into payments (order_id, state, method, currency, amount, code_url, expires_at, transaction_id, paid_amount, paid_at,
                reason, created_at, created_by)
            select order_id, state, method, currency, amount, code_url, expires_at, transaction_id, paid_amount, paid_at, reason, $1, message
            from unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::int8[], $7::text[], $8::timestamptz[], $9::text[], $10::int8[],
                $11::timestamptz[], $12::text[], $13::uuid[])
                as payment (order_id, state, method, currency, amount, code_url, expires_at, transaction_id, paid_amount, paid_at, reason, message)
            """,
            .timestamp(payments.time()), .uuids(values.map(\.order)), .texts(values.map(\.state.rawValue)),
            .texts(values.map(\.method.rawValue)), .texts(values.map(\.currency.rawValue)), .integers(values.map(\.amount)),
            .optionalTexts(values.map(\.codeURL)), .optionalTimestamps(values.map(\.expiresAt)),
            .optionalTexts(values.map(\.transactionID)), .optionalIntegers(values.map(\.paidAmount)),
            .optionalTimestamps(values.map(\.paidAt)), .optionalTexts(values.map(\.reason)), .uuids(payments.map(\.stamp.message)))
    }

    /// Writes payments that were locked by ``lock(_:)``; each order at most once.
    public static func update(_ payments: [Stamped<Payment>]) -> Query {
        let values = payments.map(\.value)
        return Query(
            """
            update payments p set state = payment.state, code_url = payment.code_url, expires_at = payment.expires_at,
                transaction_id = payment.transaction_id, paid_amount = payment.paid_amount, paid_at = payment.paid_at,
                reason = payment.reason, changed_at = $1, changed_by = payment.message
            from unnest($2::uuid[], $3::text[], $4::text[], $5::timestamptz[], $6::text[], $7::int8[], $8::timestamptz[], $9::text[], $10::uuid[])
                as payment (order_id, state, code_url, expires_at, transaction_id, paid_amount, paid_at, reason, message)
            where p.order_id = payment.order_id
            """,
            .timestamp(payments.time()), .uuids(values.map(\.order)), .texts(values.map(\.state.rawValue)),
            .optionalTexts(values.map(\.codeURL)), .optionalTimestamps(values.map(\.expiresAt)),
            .optionalTexts(values.map(\.transactionID)), .optionalIntegers(values.map(\.paidAmount)),
            .optionalTimestamps(values.map(\.paidAt)), .optionalTexts(values.map(\.reason)), .uuids(payments.map(\.stamp.message)))
    }
}
