public import Database
public import FoundationEssentials

/// Stock that leaves with parcels: what was reserved for a fulfillment order's lines is shipped.
public enum Departures {
    /// A parcel that takes a fulfillment order's pieces along.
    public struct Departure: Sendable, Equatable {
        /// The parcel; also the id of the stock's move, so that nothing leaves twice.
        public var shipment: UUID
        public var order: UUID
        public var fulfillment: UUID
        public var at: Date
        public var message: UUID

        public init(shipment: UUID, order: UUID, fulfillment: UUID, at: Date, message: UUID) {
            self.shipment = shipment
            self.order = order
            self.fulfillment = fulfillment
            self.at = at
            self.message = message
        }
    }

    /// Which pieces leave, from which warehouse: the lines of the order's reservation that are the fulfillment order's.
    private static let leaving = """
        SELECT d.id, d.order_id, d.at, d.message, l.line, l.sku, l.warehouse, l.quantity
        FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::uuid[]) AS d (id, order_id, fulfillment, at, message)
        JOIN fulfillment_orders f ON f.order_id = d.order_id AND f.id = d.fulfillment
        JOIN stock_moves m ON m.id = d.order_id AND m.kind = 'reserve'
        CROSS JOIN LATERAL unnest(m.lines, m.skus, m.warehouses, m.quantities) AS l (line, sku, warehouse, quantity)
        WHERE l.line = ANY (f.lines)
        """

    /// Moves the pieces: locks their stock in the order of its key, writes one move a parcel and changes the stock.
    public static func move(_ departures: [Departure]) -> [Query] {
        let parameters: [Parameter] = [
            .uuids(departures.map(\.shipment)), .uuids(departures.map(\.order)), .uuids(departures.map(\.fulfillment)),
            .timestamps(departures.map(\.at)), .uuids(departures.map(\.message)),
        ]
        return [
            Query(
                """
                SELECT FROM stock s WHERE (s.sku, s.warehouse) IN (SELECT sku, warehouse FROM (\(leaving)) AS leaving)
                ORDER BY s.sku, s.warehouse FOR UPDATE
                """, parameters: parameters),
            Query(
                """
                WITH leaving AS (\(leaving)),
                moved AS (
                    INSERT INTO stock_moves (id, kind, order_id, lines, skus, warehouses, quantities, at, message_id)
                    SELECT id, 'ship', order_id, array_agg(line ORDER BY line, warehouse), array_agg(sku ORDER BY line, warehouse),
                        array_agg(warehouse ORDER BY line, warehouse), array_agg(quantity ORDER BY line, warehouse), at, message
                    FROM leaving GROUP BY id, order_id, at, message
                )
                UPDATE stock s SET reserved = s.reserved - d.quantity, shipped = s.shipped + d.quantity
                FROM (SELECT sku, warehouse, sum(quantity)::bigint AS quantity FROM leaving GROUP BY sku, warehouse) AS d
                WHERE s.sku = d.sku AND s.warehouse = d.warehouse
                """, parameters: parameters),
        ]
    }
}
