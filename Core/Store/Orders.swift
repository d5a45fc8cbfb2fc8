public import Commerce
public import Database
public import FoundationEssentials

/// The table `orders`: what was agreed at placement, and how it ended.
public enum Orders {
    // MARK: - Placing

    /// The digests that known orders were submitted with.
    public static func digests(of ids: [UUID]) -> Query {
        Query("select id, digest from orders where id = any($1)", .uuids(ids))
    }

    /// Reads ``digests(of:)``.
    public static func digests(from rows: Rows) throws -> [UUID: [UInt8]] {
        var digests: [UUID: [UInt8]] = [:]
        for row in rows { digests[try row.uuid(0)] = try row.bytes(1) }
        return digests
    }

    /// Stores orders and their fulfillment orders. One that is there already, or whose number is taken, fails it all (23505).
    public static func insert(_ orders: [Stamped<PlacedOrder>]) -> [Query] {
        let submitted = orders.map(\.value.submitted)
        let row = Query(
            """
            insert into orders (id, number, storefront, key, digest, currency, method, locale, buyer_ref, buyer_sealed, phone_index,
                region, goods, discount, freight, total, submitted_at, placed_at, placed_by)
            select id, number, storefront, key, digest, currency, method, locale, buyer_ref, buyer_sealed, phone_index,
                region, goods, discount, freight, total, submitted_at, $1, placed_by
            from unnest($2::uuid[], $3::int8[], $4::uuid[], $5::text[], $6::bytea[], $7::text[], $8::text[], $9::text[], $10::text[],
                $11::text[], $12::text[], $13::text[], $14::int8[], $15::int8[], $16::int8[], $17::int8[], $18::timestamptz[], $19::uuid[])
                as placed (id, number, storefront, key, digest, currency, method, locale, buyer_ref, buyer_sealed, phone_index,
                    region, goods, discount, freight, total, submitted_at, placed_by)
            """,
            .timestamp(orders.time()), .uuids(submitted.map(\.order)), .integers(orders.map(\.value.terms.reference.number.value)),
            .uuids(submitted.map(\.storefront)), .texts(submitted.map(\.key)), .byteStrings(submitted.map(\.digest)),
            .texts(submitted.map(\.currency.rawValue)), .texts(submitted.map(\.method.rawValue)),
            .texts(submitted.map(\.locale.rawValue)), .texts(submitted.map(\.buyer.ref)), .texts(submitted.map(\.buyer.sealed)),
            .optionalTexts(submitted.map(\.buyer.phoneIndex)), .optionalTexts(submitted.map(\.buyer.region)),
            .integers(orders.map(\.value.goods)), .integers(submitted.map(\.discount)), .integers(submitted.map(\.freight)),
            .integers(submitted.map(\.total)), .timestamps(submitted.map(\.submittedAt)), .uuids(orders.map(\.stamp.message)))
        return [row, FulfillmentOrders.insert(orders)]
    }

    // MARK: - What was agreed

    /// What was agreed when these orders were placed, as it travels with their messages.
    public static func terms(of ids: [UUID]) -> Query {
        Query(
            """
            select o.id, o.storefront, o.number, o.locale, o.buyer_ref, o.currency, o.method, o.total, o.freight,
                f.merchant, f.id, f.gross, f.commission_bp
            from orders o join fulfillment_orders f on f.order_id = o.id
            where o.id = any($1) order by o.id, f.lines[1]
            """, .uuids(ids))
    }

    /// Reads ``terms(of:)``.
    public static func terms(from rows: Rows) throws -> [UUID: OrderTerms] {
        var terms: [UUID: OrderTerms] = [:]
        for row in rows {
            let share = Share(
                merchant: try row.uuid(9), fulfillment: try row.uuid(10), gross: try row.integer(11), commissionBP: try row.integer(12))
            let id = try row.uuid(0)
            if terms[id] != nil {
                terms[id]?.shares.append(share)
            } else {
                terms[id] = OrderTerms(
                    reference: try row.orderReference(from: 0), currency: try row.choice(5), method: try row.choice(6),
                    total: try row.integer(7), freight: try row.integer(8), shares: [share])
            }
        }
        return terms
    }

    /// What only who may unseal them reads: the buyers' sealed data.
    public static func sealed(of ids: [UUID]) -> Query {
        Query("select id, buyer_sealed from orders where id = any($1)", .uuids(ids))
    }

    /// Reads ``sealed(of:)``.
    public static func sealed(from rows: Rows) throws -> [UUID: String] {
        var sealed: [UUID: String] = [:]
        for row in rows { sealed[try row.uuid(0)] = try row.text(1) }
        return sealed
    }

    // MARK: - How it ended

    /// Which of these orders ended, and how.
    public static func endings(of ids: [UUID]) -> Query {
        Query("select id, ended from orders where id = any($1) and ended is not null", .uuids(ids))
    }

    /// Reads ``endings(of:)``: ``OrderState/completed`` or ``OrderState/cancelled``; orders on their way are absent.
    public static func endings(from rows: Rows) throws -> [UUID: OrderState] {
        var endings: [UUID: OrderState] = [:]
        for row in rows { endings[try row.uuid(0)] = try row.choice(1) }
        return endings
    }

    /// Ends orders as complete. Fails for a second try (40001) where one has ended otherwise meanwhile.
    public static func complete(_ orders: [Stamped<UUID>]) -> Query {
        end(orders.map { Stamped(($0.value, ""), $0.stamp) }, as: .completed)
    }

    /// Ends orders as cancelled, with what was planned for them. Fails for a second try (40001) where one has ended meanwhile.
    public static func cancel(_ orders: [Stamped<(order: UUID, reason: CancelReason)>]) -> [Query] {
        [
            end(orders.map { Stamped(($0.value.order, $0.value.reason.rawValue), $0.stamp) }, as: .cancelled),
            FulfillmentOrders.cancel(orders.map { Stamped($0.value.order, $0.stamp) }),
        ]
    }

    private static func end(_ orders: [Stamped<(order: UUID, reason: String)>], as state: OrderState) -> Query {
        Query(
            """
            with changed as (
                update orders set ended = $1, ended_at = $2, ended_reason = nullif(ending.reason, ''), ended_by = ending.message
                from unnest($3::uuid[], $4::text[], $5::uuid[]) as ending (id, reason, message)
                where orders.id = ending.id and orders.ended is null returning 1)
            select expect_rows((select count(*) from changed), $6, 'orders')
            """,
            .text(state.rawValue), .timestamp(orders.time()), .uuids(orders.map(\.value.order)), .texts(orders.map(\.value.reason)),
            .uuids(orders.map(\.stamp.message)), .integer(Int64(orders.count)))
    }

    // MARK: - Cancelling

    /// How an order stands that somebody wants cancelled.
    public struct Cancellable: Sendable {
        /// Which order, and whose.
        public let reference: OrderReference
        /// How it ended, if it has.
        public var ended: OrderState?
        /// Its payment's state; ``PaymentState/none`` where nothing was asked of a provider.
        public let payment: PaymentState
        /// Whether stock is held for it.
        public let isReserved: Bool

        public init(reference: OrderReference, ended: OrderState?, payment: PaymentState, isReserved: Bool) {
            self.reference = reference
            self.ended = ended
            self.payment = payment
            self.isReserved = isReserved
        }
    }

    /// Locks orders that somebody wants cancelled, after their payments: see ``PaymentRows/bar(_:)`` and ``PaymentRows/lock(_:)``.
    public static func lockForCancelling(_ ids: [UUID]) -> Query {
        Query(
            """
            select o.id, o.storefront, o.number, o.locale, o.buyer_ref, o.ended, p.state, coalesce(cardinality(m.quantities), 0) > 0
                and not exists (select from stock_moves r where r.order_id = o.id and r.kind = 'release') as is_reserved
            from orders o left join payments p on p.order_id = o.id left join stock_moves m on m.id = o.id
            where o.id = any($1) order by o.id for no key update of o
            """, .uuids(ids))
    }

    /// Reads ``lockForCancelling(_:)``.
    public static func cancellable(from rows: Rows) throws -> [UUID: Cancellable] {
        var orders: [UUID: Cancellable] = [:]
        for row in rows {
            let reference = try row.orderReference(from: 0)
            orders[reference.order] = Cancellable(
                reference: reference, ended: try row.optionalText(5).flatMap(OrderState.init(rawValue:)),
                payment: try row.optionalText(6).flatMap(PaymentState.init(rawValue:)) ?? .none, isReserved: try row.bool(7))
        }
        return orders
    }
}
