public import Commerce
public import Database
public import FoundationEssentials

/// The tables `stock` and `stock_moves`: how many pieces there are, and every movement of them.
///
/// Rows of `stock` are locked in the order of their key before they are changed, so that those who reserve can't deadlock.
public enum Stock {
    // MARK: - Reserving

    /// Locks the stock of some SKUs, in every warehouse.
    /// - Parameter skus: each once; sorting them is not needed.
    public static func lock(_ skus: [String]) -> Query {
        Query(
            """
            select s.sku, s.warehouse, w.rank, s.available from stock s join warehouses w on w.code = s.warehouse
            where s.sku = any($1) order by s.sku, s.warehouse for no key update of s
            """, .texts(skus))
    }

    /// Reads ``lock(_:)``.
    public static func shelves(from rows: Rows) throws -> Shelves {
        var shelves = Shelves()
        for row in rows {
            shelves.put(try row.text(0), warehouse: try row.text(1), rank: try row.integer(2), available: try row.integer(3))
        }
        return shelves
    }

    /// Which orders have reserved, or may not any more.
    public static func reservations(of orders: [UUID]) -> Query {
        Query(
            """
            select m.id, m.lines, m.skus, m.warehouses, m.quantities,
                exists (select from stock_moves r where r.order_id = m.id and r.kind = 'release') as is_released
            from stock_moves m where m.id = any($1) order by m.id
            """, .uuids(orders))
    }

    /// Like ``reservations(of:)``, and locks them, so that nothing is released or shipped twice.
    public static func lockReservations(of orders: [UUID]) -> Query {
        var query = reservations(of: orders)
        query.sql += " for update of m"
        return query
    }

    /// What is or was held for an order; of nothing where it was short or barred.
    public struct Reservation: Sendable {
        /// What is or was held.
        public let allocations: [Allocation]
        /// Whether it was let go.
        public var isReleased: Bool

        public init(allocations: [Allocation], isReleased: Bool) {
            self.allocations = allocations
            self.isReleased = isReleased
        }

        /// Whether it holds stock that was not released; what was shipped of it is gone all the same.
        public var isHeld: Bool { !allocations.isEmpty && !isReleased }
    }

    /// Reads ``reservations(of:)`` and ``lockReservations(of:)``.
    public static func reservations(from rows: Rows) throws -> [UUID: Reservation] {
        var reservations: [UUID: Reservation] = [:]
        for row in rows {
            let (skus, warehouses) = (try row.array(2, of: String.self), try row.array(3, of: String.self))
            let quantities = try row.array(4, of: Int64.self)
            let allocations = try row.array(1, of: Int64.self).enumerated().map { index, line in
                Allocation(line: line, sku: skus[index], warehouse: warehouses[index], quantity: quantities[index])
            }
            reservations[try row.uuid(0)] = Reservation(allocations: allocations, isReleased: try row.bool(5))
        }
        return reservations
    }

    /// Bars cancelled orders that have not reserved from reserving later.
    public static func bar(_ orders: [Stamped<UUID>]) -> Query {
        Query(
            """
            insert into stock_moves (id, kind, order_id, lines, skus, warehouses, quantities, at, message_id)
            select distinct on (id) id, 'reserve', id, '{}', '{}', '{}', '{}', $1, message
            from unnest($2::uuid[], $3::uuid[]) as cancelled (id, message) order by id
            on conflict (id) do nothing
            """, .timestamp(orders.time()), .uuids(orders.map(\.value)), .uuids(orders.map(\.stamp.message)))
    }

    // MARK: - Moving

    /// A movement of stock. Its id makes sure that it happens once.
    public struct Move: Sendable {
        public enum Kind: String, Sendable, CaseIterable {
            case receive, reserve, release, ship, restock
            case writeOff = "write_off"
        }

        /// Its id.
        public let id: UUID
        /// What is posted or moved.
        public let kind: Kind
        /// The order's id.
        public let order: UUID?
        /// For a receipt, lines count from 1.
        public let allocations: [Allocation]

        public init(id: UUID, kind: Kind, order: UUID?, allocations: [Allocation]) {
            self.id = id
            self.kind = kind
            self.order = order
            self.allocations = allocations
        }

        /// Holds stock for an order; with no allocations, bars it from reserving later.
        public static func reserve(_ order: UUID, _ allocations: [Allocation]) -> Move {
            Move(id: order, kind: .reserve, order: order, allocations: allocations)
        }

        /// Lets go what was held for an order that holds nothing else, once.
        public static func release(_ order: UUID, _ allocations: [Allocation]) -> Move {
            Move(id: OrderID.release(for: order), kind: .release, order: order, allocations: allocations)
        }

        /// What was held for a fulfillment order leaves the warehouse.
        /// - Parameter lines: the fulfillment order's lines, by their numbers in the order.
        public static func ship(_ order: UUID, fulfillment: UUID, lines: [Int64], of reservation: Reservation) -> Move {
            Move(id: fulfillment, kind: .ship, order: order, allocations: reservation.allocations.filter { lines.contains($0.line) })
        }
    }

    /// Records movements and changes the stock: one statement each, whatever the number of orders; a SKU that all of them want
    /// is changed once. The rows of `stock` should be locked (``lock(_:)``) where several may do this at once. Fails where
    /// a movement is there already (23505), or where stock would become negative (23514).
    public static func move(_ moves: [Stamped<Move>]) -> [Query] {
        let values = moves.map(\.value)
        let record = Query(
            """
            insert into stock_moves (id, kind, order_id, lines, skus, warehouses, quantities, at, message_id)
            select id, kind, order_id, lines::integer[], skus::text[], warehouses::text[], quantities::bigint[], $1, message
            from unnest($2::uuid[], $3::text[], $4::uuid[], $5::text[], $6::text[], $7::text[], $8::text[], $9::uuid[])
                as move (id, kind, order_id, lines, skus, warehouses, quantities, message)
            """,
            .timestamp(moves.time()), .uuids(values.map(\.id)), .texts(values.map(\.kind.rawValue)), .optionalUUIDs(values.map(\.order)),
            .texts(values.map { ArrayLiteral.of($0.allocations.lazy.map(\.line)) }),
            .texts(values.map { ArrayLiteral.of($0.allocations.lazy.map(\.sku)) }),
            .texts(values.map { ArrayLiteral.of($0.allocations.lazy.map(\.warehouse)) }),
            .texts(values.map { ArrayLiteral.of($0.allocations.lazy.map(\.quantity)) }), .uuids(moves.map(\.stamp.message)))
        let change = StockChange(values).query
        return change.map { [record, $0] } ?? [record]
    }
}
