internal import Commerce
internal import Database

/// What a batch of movements does to the rows of `stock`, added up: one change a SKU and warehouse.
struct StockChange {
    private struct Key: Hashable {
        let sku: String
        let warehouse: String
    }

    private struct Change {
        var available: Int64 = 0
        var reserved: Int64 = 0
        var received: Int64 = 0
        var shipped: Int64 = 0
        var restocked: Int64 = 0
        var writtenOff: Int64 = 0

        mutating func add(_ quantity: Int64, _ kind: Stock.Move.Kind) {
            switch kind {
            case .receive:
                available += quantity
                received += quantity
            case .reserve:
                available -= quantity
                reserved += quantity
            case .release:
                available += quantity
                reserved -= quantity
            case .ship:
                reserved -= quantity
                shipped += quantity
            case .restock:
                available += quantity
                restocked += quantity
            case .writeOff:
                available -= quantity
                writtenOff += quantity
            }
        }
    }

    private var changes: [Key: Change] = [:]

    init(_ moves: [Stock.Move]) {
        for move in moves {
            for allocation in move.allocations {
                changes[Key(sku: allocation.sku, warehouse: allocation.warehouse), default: Change()].add(allocation.quantity, move.kind)
            }
        }
    }

    /// One UPDATE for all of them; nil where nothing changes. Every row must be there, or the transaction fails.
    var query: Query? {
        guard !changes.isEmpty else { return nil }
        let keys = Array(changes.keys)
        let values = Array(changes.values)
        return Query(
            """
            with changed as (
                update stock s set available = s.available + c.available, reserved = s.reserved + c.reserved,
                    received = s.received + c.received, shipped = s.shipped + c.shipped, restocked = s.restocked + c.restocked,
                    written_off = s.written_off + c.written_off
                from unnest($1::text[], $2::text[], $3::int8[], $4::int8[], $5::int8[], $6::int8[], $7::int8[], $8::int8[])
                    as c (sku, warehouse, available, reserved, received, shipped, restocked, written_off)
                where s.sku = c.sku and s.warehouse = c.warehouse returning 1)
            select expect_rows((select count(*) from changed), $9, 'stock')
            """,
            .texts(keys.map(\.sku)), .texts(keys.map(\.warehouse)), .integers(values.map(\.available)), .integers(values.map(\.reserved)),
            .integers(values.map(\.received)), .integers(values.map(\.shipped)), .integers(values.map(\.restocked)),
            .integers(values.map(\.writtenOff)), .integer(Int64(keys.count)))
    }
}
