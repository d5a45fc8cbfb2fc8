internal import Commerce
internal import Database
internal import FoundationEssentials

/// The table `fulfillment_orders`: each merchant's part of an order, with its lines. For shipping see ``OrdersToFulfill``.
enum FulfillmentOrders {
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

    /// Cancels what was planned for cancelled orders.
    static func cancel(_ orders: [Stamped<UUID>]) -> Query {
        Query(
            """
            update fulfillment_orders f set state = 'cancelled', cancelled = f.quantities, changed_at = $1, changed_by = cancelled.message
            from unnest($2::uuid[], $3::uuid[]) as cancelled (id, message)
            where f.order_id = cancelled.id and f.state = 'planned'
            """,
            .timestamp(orders.time()), .uuids(orders.map(\.value)), .uuids(orders.map(\.stamp.message)))
    }
}
