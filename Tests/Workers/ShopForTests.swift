import Commerce
import Database
import FoundationEssentials
import JSON
import Logging
import Store
import Support
import Work

/// A database with a storefront, merchants and a warehouse, on which workers run without a broker.
struct ShopForTests: Sendable {
    let database: Database

    init(_ name: String = #function, stock: [String: Int64] = [:], connections: Int = 4) async throws {
        let url = try await TestServers.database(name)
        database = Database(
            configuration: DatabaseConfiguration(url: url, connections: connections),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        let receipts = stock.map { Stock.Receipt(sku: $0.key, quantity: $0.value) }
        let stamp = Stamp(message: UUID(), at: OrdersForTests.now)
        _ = try await database.queries(
            [
                Stock.openWarehouse("SH", name: "上海"),
                Query("insert into storefronts (id, name) values ($1, 'shop')", .uuid(OrdersForTests.storefront)),
                Query(
                    "insert into merchants (id, name, commission_bp) select id, 'm', 500 from unnest($1::uuid[]) as id",
                    .uuids(OrdersForTests.merchants)),
            ] + (receipts.isEmpty ? [] : Stock.receive(receipts, at: "SH", stamp)))
    }

    /// Takes a batch through load, decide and save in one transaction; what became of each message.
    @discardableResult
    func run<W: Worker>(_ worker: W, _ messages: [any Message]) async throws -> [Decision<W.Effect>] where W.Answer == Void {
        let received = try messages.map { try message($0, for: worker) }
        return try await database.transaction { transaction in
            var state = try await worker.load(received, in: transaction)
            let decisions = try received.map { try worker.decide($0, (), &state) }
            let effects = decisions.compactMap(\.effect)
            _ = try await transaction.commit(with: effects.isEmpty ? [] : worker.save(effects))
            return decisions
        }
    }

    private func message<W: Worker>(_ message: some Message, for worker: W) throws -> Received<W.Input> {
        try OrdersForTests.received(message, by: worker)
    }

    /// Like ``run(_:_:)``, again where another transaction was quicker, as the engine does.
    func insist<W: Worker>(_ worker: W, _ messages: [any Message]) async throws -> [Decision<W.Effect>] where W.Answer == Void {
        while true {
            do {
                return try await run(worker, messages)
            } catch let error as DatabaseError where error.isRetriable || error.isUniqueViolation {
                continue
            }
        }
    }

    func count(_ sql: String) async throws -> Int64 { try await database.query(Query(sql)).only().integer(0) }

    func texts(_ sql: String) async throws -> [String] { try await database.query(Query(sql)).map { try $0.text(0) } }
}
