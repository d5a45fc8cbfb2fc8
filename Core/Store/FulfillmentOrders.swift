public import Commerce
public import Database
public import FoundationEssentials

/// The table `fulfillment_orders`: each merchant's part of an order, with its lines.
public enum FulfillmentOrders {
    /// Stores what orders were split into.
    static func insert(_ orders: [Stamped<PlacedOrder>]) -> Query {
        var columns = Columns()
        columns.reserve(orders.count + orders.count / 4)
        for order in orders {
            for fulfillment in order.value.fulfillments { columns.append(fulfillment, of: order.value.terms.order, order.stamp.message) }
        }
        return Query(
            """
            insert into fulfillment_orders (order_id, id, merchant, gross, commission_bp, lines, skus, quantities, unit_prices, titles, placed_by)
            select order_id, id, merchant, gross, commission_bp, lines::integer[], skus::text[], quantities::bigint[], unit_prices::bigint[],
                titles::text[], placed_by
            from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int8[], $5::int8[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::uuid[])
                as planned (order_id, id, merchant, gross, commission_bp, lines, skus, quantities, unit_prices, titles, placed_by)
            """,
            .uuids(columns.orders), .uuids(columns.ids), .uuids(columns.merchants), .integers(columns.gross), .integers(columns.rates),
            .texts(columns.lines), .texts(columns.skus), .texts(columns.quantities), .texts(columns.prices), .texts(columns.titles),
            .uuids(columns.messages))
    }

    private struct Columns {
        var orders: [UUID] = []
        var ids: [UUID] = []
        var merchants: [UUID] = []
        var gross: [Int64] = []
        var rates: [Int64] = []
        var lines: [String] = []
        var skus: [String] = []
        var quantities: [String] = []
        var prices: [String] = []
        var titles: [String] = []
        var messages: [UUID] = []

        mutating func reserve(_ count: Int) {
            orders.reserveCapacity(count)
            ids.reserveCapacity(count)
            lines.reserveCapacity(count)
            skus.reserveCapacity(count)
        }

        mutating func append(_ fulfillment: FulfillmentOrder, of order: UUID, _ message: UUID) {
            orders.append(order)
            ids.append(fulfillment.id)
            merchants.append(fulfillment.merchant)
            gross.append(fulfillment.gross)
            rates.append(fulfillment.commissionBP)
            lines.append(ArrayLiteral.of(fulfillment.lines.lazy.map(\.n)))
            skus.append(ArrayLiteral.of(fulfillment.lines.lazy.map(\.line.sku)))
            quantities.append(ArrayLiteral.of(fulfillment.lines.lazy.map(\.line.quantity)))
            prices.append(ArrayLiteral.of(fulfillment.lines.lazy.map(\.line.unitPrice)))
            titles.append(ArrayLiteral.of(fulfillment.lines.lazy.map { $0.line.title ?? "" }))
            messages.append(message)
        }
    }

    // MARK: - Shipping

    /// A fulfillment order with its state.
    public struct Standing: Sendable {
        public let order: UUID
        public let fulfillment: FulfillmentOrder
        public var state: FulfillmentState
    }

    /// Locks all fulfillment orders of some orders, in the order of their keys.
    public static func lock(of orders: [UUID]) -> Query {
        Query(select + " for no key update", .uuids(orders))
    }

    /// All fulfillment orders of some orders, as they stand.
    public static func all(of orders: [UUID]) -> Query {
        Query(select, .uuids(orders))
    }

    private static let select = """
        select order_id, id, merchant, state, gross, commission_bp, lines, skus, quantities, unit_prices, titles
        from fulfillment_orders where order_id = any($1) order by order_id, id
        """

    /// Reads ``lock(of:)`` and ``all(of:)``: by order.
    public static func standing(from rows: Rows) throws -> [UUID: [Standing]] {
        var standing: [UUID: [Standing]] = [:]
        for row in rows {
            let merchant = try row.uuid(2)
            let (skus, quantities) = (try row.array(7, of: String.self), try row.array(8, of: Int64.self))
            let (prices, titles) = (try row.array(9, of: Int64.self), try row.array(10, of: String.self))
            let lines = try row.array(6, of: Int64.self).enumerated().map { index, n in
                FulfillmentOrder.Line(
                    n: n,
                    line: Line(
                        merchant: merchant, sku: skus[index], quantity: quantities[index], unitPrice: prices[index],
                        title: titles[index].isEmpty ? nil : titles[index]))
            }
            let fulfillment = FulfillmentOrder(
                id: try row.uuid(1), merchant: merchant, gross: try row.integer(4), commissionBP: try row.integer(5), lines: lines)
            standing[try row.uuid(0), default: []].append(
                Standing(order: try row.uuid(0), fulfillment: fulfillment, state: try row.choice(3)))
        }
        return standing
    }

    /// A step of a fulfillment order.
    public struct Step: Sendable {
        public let order: UUID
        public let fulfillment: UUID
        public let from: FulfillmentState
        public let to: FulfillmentState

        public init(order: UUID, fulfillment: UUID, from: FulfillmentState, to: FulfillmentState) {
            self.order = order
            self.fulfillment = fulfillment
            self.from = from
            self.to = to
        }
    }

    /// Takes fulfillment orders a step further. Fails for a second try (40001) where one is not in the state it was read in.
    public static func step(_ steps: [Stamped<Step>]) -> Query {
        Query(
            """
            with changed as (
                update fulfillment_orders f set state = step.next, changed_at = $1, changed_by = step.message
                from unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[]) as step (order_id, id, previous, next, message)
                where f.order_id = step.order_id and f.id = step.id and f.state = step.previous returning 1)
            select expect_rows((select count(*) from changed), $7, 'fulfillment_orders')
            """,
            .timestamp(steps.time()), .uuids(steps.map(\.value.order)), .uuids(steps.map(\.value.fulfillment)),
            .texts(steps.map(\.value.from.rawValue)), .texts(steps.map(\.value.to.rawValue)), .uuids(steps.map(\.stamp.message)),
            .integer(Int64(steps.count)))
    }

    /// Cancels what was planned for cancelled orders.
    static func cancel(_ orders: [Stamped<UUID>]) -> Query {
        Query(
            """
            update fulfillment_orders f set state = 'cancelled', changed_at = $1, changed_by = cancelled.message
            from unnest($2::uuid[], $3::uuid[]) as cancelled (id, message)
            where f.order_id = cancelled.id and f.state = 'planned'
            """,
            .timestamp(orders.time()), .uuids(orders.map(\.value)), .uuids(orders.map(\.stamp.message)))
    }
}
