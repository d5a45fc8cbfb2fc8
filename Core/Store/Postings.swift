public import Commerce
public import Database
public import FoundationEssentials

/// The table `postings`: the ledger, append-only.
public enum Postings {
    /// Appends postings. What was posted before under the same id stays as it is: an event is posted once.
    public static func insert(_ postings: [Stamped<Posting>]) -> Query {
        let values = postings.map(\.value)
        return Query(
            """
            insert into postings (id, kind, order_id, currency, accounts, amounts, at, message_id)
            select id, kind, order_id, currency, accounts::text[], amounts::bigint[], $1, message
            from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::uuid[])
                as posting (id, kind, order_id, currency, accounts, amounts, message)
            on conflict (id) do nothing
            """,
            .timestamp(postings.time()), .uuids(values.map(\.id)), .texts(values.map(\.kind.rawValue)), .uuids(values.map(\.order)),
            .texts(values.map(\.currency.rawValue)), .texts(values.map { ArrayLiteral.of($0.entries.lazy.map(\.account.name)) }),
            .texts(values.map { ArrayLiteral.of($0.entries.lazy.map(\.amount)) }), .uuids(postings.map(\.stamp.message)))
    }

    /// All that was posted for some orders, and how they were paid.
    public static func all(of orders: [UUID]) -> Query {
        Query(
            """
            select o.id, o.method, p.kind, p.id, p.currency, p.accounts, p.amounts
            from orders o left join lateral (
                select * from postings where id = o.id
                union all select * from postings where order_id = o.id and kind <> 'paid') as p on true
            where o.id = any($1)
            """, .uuids(orders))
    }

    /// What was posted for an order.
    public struct History: Sendable {
        /// How it is paid.
        public let method: PaymentMethod
        /// All of them, in no order.
        public var postings: [Posting]
    }

    /// Reads ``all(of:)``.
    public static func histories(from rows: Rows) throws -> [UUID: History] {
        var histories: [UUID: History] = [:]
        for row in rows {
            let order = try row.uuid(0)
            if histories[order] == nil { histories[order] = History(method: try row.choice(1), postings: []) }
            guard try !row.isNull(2) else { continue }
            let amounts = try row.array(6, of: Int64.self)
            let entries = try row.array(5, of: String.self).enumerated().map { Posting.Entry(Account(name: $1), amounts[$0]) }
            histories[order]?.postings.append(
                try Posting(stored: try row.uuid(3), try row.choice(2), order: order, currency: try row.choice(4), entries: entries))
        }
        return histories
    }
}
