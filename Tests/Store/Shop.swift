import Commerce
import Database
import FoundationEssentials
import JSON
import Logging
import Store
import Support

/// A database of a test's own, with a storefront, two merchants and two warehouses.
struct Shop: Sendable {
    let database: Database
    let storefront = UUID()
    let merchants = [UUID(), UUID()]
    let now = Date(milliseconds: 1_795_000_000_000)

    init(_ name: String = #function, connections: Int = 4) async throws {
        let url = try await TestServers.database(name)
        database = Database(
            configuration: DatabaseConfiguration(url: url, connections: connections),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        _ = try await database.queries([
            Stock.openWarehouse("GZ", name: "广州", rank: 2), Stock.openWarehouse("SH", name: "上海", rank: 1),
            Query("insert into storefronts (id, name) values ($1, 'shop')", .uuid(storefront)),
            Query("insert into merchants (id, name, commission_bp) select id, 'm', 500 from unnest($1::uuid[]) as id", .uuids(merchants)),
        ])
    }

    func stamp() -> Stamp { Stamp(message: UUID(), at: now) }

    /// An order of one line a SKU, one piece each, the merchants taking turns.
    func submitted(_ skus: [String], key: String = "\(UUID())", title: String? = nil) -> OrderSubmitted {
        let lines = skus.enumerated().map { Line(merchant: merchants[$0 % 2], sku: $1, quantity: 1, unitPrice: 1_000, title: title) }
        return OrderSubmitted(
            order: OrderID.make(storefront: storefront, key: key), storefront: storefront, key: key,
            digest: [UInt8](repeating: 1, count: 32), currency: .cny, method: .wechat, locale: .chinese,
            buyer: Buyer(ref: "b", sealed: "s1.k.A", phoneIndex: nil, region: "上海"), lines: lines, freight: 500, discount: 0,
            total: Int64(lines.count) * 1_000 + 500, submittedAt: now)
    }

    /// Stores an order.
    func place(_ submitted: OrderSubmitted) async throws -> PlacedOrder {
        let placed = try PlacedOrder(submitted, commissions: [merchants[0]: 500, merchants[1]: 700])
        _ = try await database.queries(Orders.insert([Stamped(placed, stamp())]))
        return placed
    }

    func receive(_ receipts: [String: Int64], at warehouse: String = "SH") async throws {
        _ = try await database.queries(
            Stock.receive(receipts.map { Stock.Receipt(sku: $0.key, quantity: $0.value) }, at: warehouse, stamp()))
    }

    /// Reserves for orders in one transaction, as inventory does: which of them got their lines.
    func reserve(_ orders: [(UUID, [Pieces])]) async throws -> [UUID] {
        try await database.transaction { transaction in
            let rows = try await transaction.query(Stock.lock(Array(Set(orders.flatMap { $0.1.map(\.sku) }))))
            var shelves = try Stock.shelves(from: rows)
            var moves: [Stamped<Stock.Move>] = []
            for (order, lines) in orders {
                if case .taken(let allocations) = shelves.take(lines) { moves.append(Stamped(.reserve(order, allocations), stamp())) }
            }
            _ = try await transaction.commit(with: moves.isEmpty ? [] : Stock.move(moves))
            return moves.map(\.value.id)
        }
    }

    func reservation(of order: UUID) async throws -> Stock.Reservation? {
        try Stock.reservations(from: try await database.query(Stock.reservations(of: [order])))[order]
    }

    /// available, reserved, shipped.
    func stock(_ sku: String, _ warehouse: String = "SH") async throws -> [Int64] {
        let row = try await database.query(
            Query("select available, reserved, shipped from stock where sku = $1 and warehouse = $2", .text(sku), .text(warehouse))
        ).only()
        return [try row.integer(0), try row.integer(1), try row.integer(2)]
    }

    func count(_ sql: String) async throws -> Int64 { try await database.query(Query(sql)).only().integer(0) }
}
