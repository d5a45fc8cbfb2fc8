import Commerce
import Database
import FoundationEssentials
import JSON
import Logging
import Store
import Support
import Work

/// A database with the system's tables, and ways to bring an order to where a test begins.
struct Premises: Sendable {
    let database: Database
    static let sealing = try! Sealing(keys: Sealing.newKeys(id: "k1"))
    static let phone = "+8613800138000"

    init(_ name: String = #function) async throws {
        let logger = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        database = Database(configuration: DatabaseConfiguration(url: try await TestServers.database(name)), logger: logger)
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
    }

    /// An order of one line a merchant, two pieces each, of which all is reserved; paid unless told.
    func order(merchants: Int = 1, isPaid: Bool = true, isReserved: Bool = true) async throws -> OrderTerms {
        let order = UUID()
        let person = Person(name: "王小明", phone: PhoneNumber(e164: Self.phone)!, address: "朝阳路 1 号 2 单元 303")
        let ids = (0..<merchants).map { _ in UUID() }
        let submitted = OrderSubmitted(
            order: order, storefront: UUID(), key: "key-\(order.text)", digest: [UInt8](repeating: 7, count: 32), currency: .cny,
            method: .prepaid, locale: .chinese,
            buyer: Buyer(ref: "buyer-7", sealed: try Self.sealing.seal(person, order: order), phoneIndex: nil, region: "北京"),
            lines: ids.enumerated().map { Line(merchant: $1, sku: "SKU-\($0)", quantity: 2, unitPrice: 500) }, freight: 0, discount: 0,
            total: Int64(merchants) * 1_000, submittedAt: Date())
        let placed = try PlacedOrder(submitted, commissions: Dictionary(uniqueKeysWithValues: ids.map { ($0, 500) }))
        let stamp = Stamp(message: UUID(), at: Date())
        var queries = Orders.insert([Stamped(placed, stamp)])
        if isReserved {
            queries.append(Stock.openWarehouse("BJ", name: "北京"))
            queries += Stock.receive(
                ids.indices.map { Stock.Receipt(sku: "SKU-\($0)", quantity: 10) }, at: "BJ", Stamp(message: UUID(), at: Date()))
            let allocations = ids.indices.map { Allocation(line: Int64($0 + 1), sku: "SKU-\($0)", warehouse: "BJ", quantity: 2) }
            queries += Stock.move([Stamped(.reserve(order, allocations), stamp)])
        }
        if isPaid {
            queries.append(
                Query(
                    """
                    INSERT INTO payments (order_id, state, method, currency, amount, paid_amount, paid_at, created_at, created_by)
                    VALUES ($1, 'paid', 'prepaid', 'CNY', $2, $2, now(), now(), $1)
                    """, .uuid(order), .integer(submitted.total)))
        }
        _ = try await database.transaction { try await $0.queries(queries) }
        return placed.terms
    }

    /// Takes messages through a worker's load, decide and save in one transaction, as the engine does.
    /// - Returns: what was decided, in order.
    @discardableResult
    func run<W: Worker>(_ worker: W, _ messages: [Received<W.Input>], answers: [W.Answer]) async throws -> [Decision<W.Effect>] {
        try await database.transaction { transaction in
            var state = try await worker.load(messages, in: transaction)
            let decisions = try zip(messages, answers).map { try worker.decide($0, $1, &state) }
            let effects = decisions.compactMap(\.effect)
            if !effects.isEmpty { try await transaction.commit(with: worker.save(effects)) }
            return decisions
        }
    }

    @discardableResult
    func run<W: Worker>(_ worker: W, _ messages: [Received<W.Input>]) async throws -> [Decision<W.Effect>] where W.Answer == Void {
        try await run(worker, messages, answers: messages.map { _ in () })
    }

    func text(_ sql: String, _ parameters: Parameter...) async throws -> [String] {
        try await database.query(Query(sql, parameters: parameters)).map { try $0.text(0) }
    }
}

/// A message as a worker receives it.
func received<Input: Sendable>(
    _ input: Input, type: String = "", order: UUID? = nil, id: UUID = UUID(), age: Duration = .zero, now: Date = Date()
) -> Received<Input> {
    Received(id: id, type: type, order: order, publishedAt: now.addingTimeInterval(-(age / .seconds(1))), now: now, input: input)
}

/// Whose an order is, made up.
func someReference(_ order: UUID = UUID(), locale: Language = .chinese) -> OrderReference {
    OrderReference(
        order: order, storefront: UUID(), number: OrderNumber(order: order, at: Date(timeIntervalSince1970: 1_791_129_600)),
        locale: locale, buyerRef: "buyer-7")
}
