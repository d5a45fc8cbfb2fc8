import Commerce
import FoundationEssentials
import JSON
import Store
import Testing
import Work

@testable import Workers

@Suite struct InventoryTests {
    private typealias Made = OrdersForTests
    private let worker = Inventory()

    private func state(_ stock: [String: Int64]) -> InventoryState {
        var shelves = Shelves()
        for (sku, available) in stock { shelves.put(sku, warehouse: "SH", rank: 1, available: available) }
        return InventoryState(shelves: shelves, reservations: [:])
    }

    private func decide(_ message: some Message, _ state: inout InventoryState) throws -> Decision<Stamped<Stock.Move>> {
        try worker.decide(try Made.received(message, by: worker), (), &state)
    }

    // MARK: - Deciding

    @Test func `every line of an order is held, or none is and the missing SKUs are named`() throws {
        var state = state(["A": 2, "B": 1])
        let first = try decide(Made.placed("1", skus: ["A", "B"]), &state)
        #expect(first.outcome == "reserved" && first.types == ["stock.reserved"])
        #expect(try StockReserved(parsing: first.causes[0].body).terms == Made.terms("1", skus: ["A", "B"]))
        let second = try decide(Made.placed("2", skus: ["A", "B"]), &state)
        #expect(second.outcome == "short" && second.types == ["stock.short"])
        #expect(try StockShort(parsing: second.causes[0].body).skus == ["B"])
        #expect(second.effect?.value.allocations == [])
        #expect(state.shelves.available("A") == 1)
    }

    @Test func `in a batch the first orders get what there is`() throws {
        var state = state(["A": 3])
        let outcomes = try (0..<5).map { try decide(Made.placed("\($0)"), &state).outcome }
        #expect(outcomes == ["reserved", "reserved", "reserved", "short", "short"])
    }

    @Test func `an order that was decided is not decided again, even where stock has come in`() throws {
        var state = state(["A": 1])
        #expect(try decide(Made.placed("1"), &state).outcome == "reserved")
        #expect(try decide(Made.placed("1"), &state).outcome == "duplicate")
        #expect(try decide(Made.placed("2"), &state).outcome == "short")
        state.shelves.put("A", warehouse: "GZ", rank: 2, available: 5)
        #expect(try decide(Made.placed("2"), &state).outcome == "barred")
    }

    @Test func `a cancelled order lets go what it holds, once, for those after it`() throws {
        var state = state(["A": 1])
        _ = try decide(Made.placed("1"), &state)
        #expect(try decide(Made.placed("2"), &state).outcome == "short")
        let released = try decide(Made.cancelled("1"), &state)
        #expect(released.outcome == "released" && released.types == ["stock.released"])
        #expect(try decide(Made.cancelled("1"), &state).outcome == "duplicate")
        #expect(try decide(Made.cancelled("2"), &state).outcome == "nothing held")
        #expect(try decide(Made.placed("3"), &state).outcome == "reserved")
    }

    @Test func `an order that was cancelled first reserves nothing`() throws {
        var state = state(["A": 1])
        #expect(try decide(Made.cancelled("1"), &state).outcome == "barred")
        #expect(try decide(Made.placed("1"), &state).outcome == "barred")
        #expect(state.shelves.available("A") == 1)
    }

    // MARK: - With the database

    @Test func `of a scarce SKU several copies sell exactly as many as there are`() async throws {
        let shop = try await ShopForTests(stock: ["HOT": 50, "X": 500, "Y": 500], connections: 6)
        let reserved = try await withThrowingTaskGroup(of: Int.self) { group in
            for copy in 0..<4 {
                group.addTask {
                    var count = 0
                    for batch in 0..<5 {
                        let orders = (0..<10).map {
                            Made.placed("\(copy)-\(batch)-\($0)", skus: $0 % 2 == 0 ? ["X", "HOT"] : ["HOT", "Y"])
                        }
                        count += try await shop.insist(worker, orders).filter { $0.outcome == "reserved" }.count
                    }
                    return count
                }
            }
            return try await group.reduce(0, +)
        }
        #expect(reserved == 50)
        #expect(try await shop.count("select available from stock where sku = 'HOT'") == 0)
        #expect(try await shop.count("select count(*) from stock_moves where kind = 'reserve'") == 200)
        #expect(try await shop.count("select count(*) from stock_discrepancies") == 0)
    }

    @Test func `whatever comes first, placement or cancellation, in one batch or two, nothing stays held`() async throws {
        let shop = try await ShopForTests(stock: ["A": 10])
        let orders: [[any Message]] = [[Made.placed("1"), Made.cancelled("1")], [Made.cancelled("2"), Made.placed("2")]]
        for batch in orders { try await shop.run(worker, batch) }
        for message in [Made.placed("3"), Made.cancelled("3"), Made.cancelled("4"), Made.placed("4"), Made.cancelled("4")] as [any Message]
        {
            try await shop.run(worker, [message])
        }
        #expect(try await shop.count("select available from stock where sku = 'A'") == 10)
        #expect(try await shop.count("select count(*) from stock_discrepancies") == 0)
        #expect(try await shop.count("select count(*) from stock_moves where kind = 'release'") == 2)
    }

    @Test func `placements and cancellations that race in several copies leave nothing held`() async throws {
        let shop = try await ShopForTests(stock: ["A": 1_000, "B": 1_000], connections: 6)
        let keys = (0..<60).map { "r\($0)" }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for copy in 0..<4 {
                group.addTask {
                    for start in stride(from: 0, to: keys.count, by: 10) {
                        let batch: [any Message] = keys[start..<start + 10].shuffled().map {
                            copy % 2 == 0 ? Made.placed($0, skus: ["A", "B"]) as any Message : Made.cancelled($0)
                        }
                        _ = try await shop.insist(worker, batch)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await shop.count("select sum(reserved) from stock") == 0)
        #expect(try await shop.count("select count(*) from stock_discrepancies") == 0)
    }

    @Test func `an order for a SKU that nobody has is short`() async throws {
        let shop = try await ShopForTests(stock: ["A": 1])
        #expect(try await shop.run(worker, [Made.placed("1", skus: ["A", "?"])]).map(\.outcome) == ["short"])
        #expect(try await shop.count("select available from stock where sku = 'A'") == 1)
    }
}
