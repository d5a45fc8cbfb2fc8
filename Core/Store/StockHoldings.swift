public import Commerce
public import Database
public import FoundationEssentials

extension Stock {
    /// What is held for an order this moment: what was reserved, less what was let go or has left.
    public struct Holdings: Sendable {
        /// By line and warehouse; none is empty.
        public private(set) var allocations: [Allocation]

        public init(_ allocations: [Allocation]) {
            self.allocations = allocations
        }

        /// Takes pieces of a line out, from one warehouse after the other.
        /// - Returns: from where; fewer than wanted where fewer are held.
        public mutating func take(_ quantity: Int64, ofLine line: Int64) -> [Allocation] {
            var taken: [Allocation] = []
            var left = quantity
            var rest: [Allocation] = []
            for held in allocations {
                guard held.line == line, left > 0 else {
                    rest.append(held)
                    continue
                }
                let part = min(left, held.quantity)
                left -= part
                taken.append(held.of(part))
                if part < held.quantity { rest.append(held.of(held.quantity - part)) }
            }
            allocations = rest
            return taken
        }
    }

    /// What is held for some orders. Steady only while their rows in `orders` are locked.
    public static func holdings(of orders: [UUID]) -> Query {
        // `kind <> 'reserve'` is said for the index that has it.
        Query(
            """
            select order_id, line, sku, warehouse, sum(quantity)::int8 as quantity from (
                select m.id as order_id, l.line, l.sku, l.warehouse, l.quantity
                from stock_moves m, unnest(m.lines, m.skus, m.warehouses, m.quantities) as l (line, sku, warehouse, quantity)
                where m.id = any($1) and m.kind = 'reserve'
                union all
                select m.order_id, l.line, l.sku, l.warehouse, -l.quantity
                from stock_moves m, unnest(m.lines, m.skus, m.warehouses, m.quantities) as l (line, sku, warehouse, quantity)
                where m.order_id = any($1) and m.kind <> 'reserve' and m.kind in ('release', 'ship')
            ) as moved group by order_id, line, sku, warehouse having sum(quantity) > 0 order by order_id, line, warehouse
            """, .uuids(orders))
    }

    /// Reads ``holdings(of:)``; orders for which nothing is held are absent.
    public static func holdings(from rows: Rows) throws -> [UUID: Holdings] {
        var found: [UUID: [Allocation]] = [:]
        for row in rows {
            found[try row.uuid(0), default: []].append(
                Allocation(line: try row.integer(1), sku: try row.text(2), warehouse: try row.text(3), quantity: try row.integer(4)))
        }
        return found.mapValues { Holdings($0) }
    }
}

extension Allocation {
    fileprivate func of(_ quantity: Int64) -> Allocation {
        Allocation(line: line, sku: sku, warehouse: warehouse, quantity: quantity)
    }
}
