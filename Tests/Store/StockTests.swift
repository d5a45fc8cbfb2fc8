import Commerce
import Database
import FoundationEssentials
import JSON
import Store
import Testing

@Suite struct StockTests {
    private let one = { (sku: String) in [Pieces(n: 1, sku: sku, quantity: 1)] }

    @Test func `of a scarce SKU exactly as many are sold as there are, however many want it at once`() async throws {
        let shop = try await Shop(connections: 8)
        try await shop.receive(["HOT": 60, "COLD": 10_000], at: "SH")
        try await shop.receive(["HOT": 40], at: "GZ")
        let sold = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<8 {
                group.addTask {
                    var sold = 0
                    for _ in 0..<10 {
                        let orders = (0..<5).map { n in
                            (UUID(), [Pieces(n: 1, sku: n % 2 == 0 ? "COLD" : "HOT", quantity: 1), Pieces(n: 2, sku: "HOT", quantity: 1)])
                        }
                        sold += try await shop.reserve(orders).count
                    }
                    return sold
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(try await shop.count("select available from stock where sku = 'HOT' and warehouse = 'SH'") == 0)
        #expect(try await shop.count("select sum(quantity) from stock_move_lines where kind = 'reserve' and sku = 'HOT'") == 100)
        #expect(try await shop.count("select count(*) from stock_moves where kind = 'reserve'") == Int64(sold))
        #expect(try await shop.count("select count(*) from stock_discrepancies") == 0)
    }

    @Test func `stock that is short, negative or not conserved is refused by the database`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 2])
        let two = [Allocation(line: 1, sku: "A", warehouse: "SH", quantity: 3)]
        let short = await #expect(throws: DatabaseError.self) {
            try await shop.database.queries(Stock.move([Stamped(.reserve(UUID(), two), shop.stamp())]))
        }
        #expect(short?.sqlState == "23514")
        for change in ["available = available + 1", "reserved = 1", "received = 5", "written_off = -1"] {
            let error = await #expect(throws: DatabaseError.self) { try await shop.database.query(Query("update stock set \(change)")) }
            #expect(error?.sqlState == "23514", "\(change)")
        }
        #expect(try await shop.stock("A") == [2, 0, 0])
        #expect(try await shop.count("select count(*) from stock_moves") == 1)
        let nowhere = [Allocation(line: 1, sku: "A", warehouse: "??", quantity: 1)]
        let lost = await #expect(throws: DatabaseError.self) {
            try await shop.database.queries(Stock.move([Stamped(.reserve(UUID(), nowhere), shop.stamp())]))
        }
        #expect(lost?.isRetriable == true)
    }

    @Test func `movements and postings can't be changed or removed`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 2])
        for table in ["stock_moves", "postings"] {
            for statement in ["update \(table) set at = now()", "delete from \(table)", "truncate \(table)"] {
                let error = await #expect(throws: DatabaseError.self) { try await shop.database.query(Query(statement)) }
                #expect(error?.message.contains("append-only") == true, "\(statement)")
            }
        }
    }

    @Test func `an order reserves once and lets go once`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 2])
        let order = UUID()
        _ = try await shop.reserve([(order, one("A"))])
        let again = await #expect(throws: DatabaseError.self) { _ = try await shop.reserve([(order, one("A"))]) }
        #expect(again?.isUniqueViolation == true)
        let held = try #require(try await shop.reservation(of: order))
        #expect(held.isHeld)
        _ = try await shop.database.queries(Stock.move([Stamped(.release(order, held.allocations), shop.stamp())]))
        #expect(try await shop.reservation(of: order)?.isHeld == false)
        let twice = await #expect(throws: DatabaseError.self) {
            try await shop.database.queries(Stock.move([Stamped(.release(order, held.allocations), shop.stamp())]))
        }
        #expect(twice?.isUniqueViolation == true)
        #expect(try await shop.stock("A") == [2, 0, 0])
    }

    @Test func `an order that was barred first can't reserve, and one that reserved first keeps its stock`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 2])
        let (barred, held) = (UUID(), UUID())
        _ = try await shop.reserve([(held, one("A"))])
        try await shop.database.query(
            Stock.bar([Stamped(barred, shop.stamp()), Stamped(held, shop.stamp()), Stamped(barred, shop.stamp())]))
        let error = await #expect(throws: DatabaseError.self) { _ = try await shop.reserve([(barred, one("A"))]) }
        #expect(error?.isUniqueViolation == true)
        #expect(try await shop.reservation(of: held)?.isHeld == true)
        #expect(try await shop.stock("A") == [1, 1, 0])
    }

    @Test func `what is shipped leaves the warehouse it was held in, line by line`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 5])
        try await shop.receive(["A": 5, "B": 1], at: "GZ")
        let (order, fulfillment) = (UUID(), UUID())
        _ = try await shop.reserve([(order, [Pieces(n: 1, sku: "A", quantity: 7), Pieces(n: 2, sku: "B", quantity: 1)])])
        let held = try #require(try await shop.reservation(of: order))
        let ship = Stamped(Stock.Move.ship(order, fulfillment: fulfillment, lines: [1], of: held), shop.stamp())
        _ = try await shop.database.queries(Stock.move([ship]))
        #expect(try await shop.stock("A", "SH") == [0, 0, 5])
        #expect(try await shop.stock("A", "GZ") == [3, 0, 2])
        #expect(try await shop.stock("B", "GZ") == [0, 1, 0])
        let twice = await #expect(throws: DatabaseError.self) { try await shop.database.queries(Stock.move([ship])) }
        #expect(twice?.isUniqueViolation == true)
        #expect(try await shop.count("select count(*) from stock_discrepancies") == 0)
    }

    @Test func `a discrepancy is named`() async throws {
        let shop = try await Shop()
        try await shop.receive(["A": 5, "B": 5])
        try await shop.database.query("update stock set available = 6, received = 6 where sku = 'A'")
        let row = try await shop.database.query("select sku, available, moved_available from stock_discrepancies").only()
        #expect(try row.text(0) == "A" && row.integer(1) == 6 && row.integer(2) == 5)
    }

    @Test func `a receipt that is repeated brings nothing in`() async throws {
        let shop = try await Shop()
        let stamp = shop.stamp()
        _ = try await shop.database.queries(Stock.receive([Stock.Receipt(sku: "A", quantity: 5)], at: "SH", stamp))
        let again = await #expect(throws: DatabaseError.self) {
            try await shop.database.queries(Stock.receive([Stock.Receipt(sku: "A", quantity: 5)], at: "SH", stamp))
        }
        #expect(again?.isUniqueViolation == true)
        #expect(try await shop.stock("A") == [5, 0, 0])
    }
}
