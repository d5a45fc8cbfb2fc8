internal import Database
internal import FoundationEssentials

/// How many orders have come how far.
struct WayCounts: Sendable, Equatable {
    var accepted = 0
    var placed = 0
    var reserved = 0
    var paid = 0
    var released = 0
    var shipped = 0
    var delivered = 0
    var completed = 0
    var cancelled = 0
    var told = 0
    var dead = 0

    /// What became of the orders that were placed since a time.
    static func read(since start: Date, accepted: Int, from database: Database) async throws -> WayCounts {
        let rows = try await database.query(
            Query(
                """
                select count(*), count(*) filter (where cardinality(m.quantities) > 0), count(*) filter (where p.state = 'paid'),
                    count(*) filter (where f.far >= 1), count(*) filter (where f.far >= 2), count(*) filter (where f.far >= 3),
                    count(*) filter (where o.ended = 'completed'), count(*) filter (where o.ended = 'cancelled'),
                    (select count(*) from notices where at >= $1),
                    (select count(*) from dead_letters where state = 'open' and last_at >= $1)
                from orders o
                left join stock_moves m on m.id = o.id
                left join payments p on p.order_id = o.id
                left join lateral (
                    select min(case state when 'released' then 1 when 'shipped' then 2 when 'delivered' then 3 else 0 end) as far
                    from fulfillment_orders where order_id = o.id
                ) as f on true
                where o.placed_at >= $1
                """, .timestamp(start)))
        let row = try rows.only()
        var counts = WayCounts()
        counts.accepted = accepted
        counts.placed = Int(try row.integer(0))
        counts.reserved = Int(try row.integer(1))
        counts.paid = Int(try row.integer(2))
        counts.released = Int(try row.integer(3))
        counts.shipped = Int(try row.integer(4))
        counts.delivered = Int(try row.integer(5))
        counts.completed = Int(try row.integer(6))
        counts.cancelled = Int(try row.integer(7))
        counts.told = Int(try row.integer(8))
        counts.dead = Int(try row.integer(9))
        return counts
    }

    /// The stations of the way, in order.
    var stations: [(name: String, count: Int)] {
        [
            ("accepted", accepted), ("placed", placed), ("reserved", reserved), ("paid", paid), ("released", released),
            ("shipped", shipped), ("delivered", delivered), ("completed", completed), ("cancelled", cancelled),
        ]
    }

    /// One line of words.
    var line: String {
        stations.map { "\($0.name) \($0.count)" }.joined(separator: ", ") + ", notices \(told)" + (dead > 0 ? ", dead letters \(dead)" : "")
    }

    /// A bar for each station.
    func block(of total: Int, after time: Duration) -> [String] {
        let whole = max(total, accepted, 1)
        let bars = stations.map { name, count in
            let filled = min(count * 30 / whole, 30)
            let bar = String(repeating: "█", count: filled) + String(repeating: "·", count: 30 - filled)
            return "  " + name + String(repeating: " ", count: 10 - name.count) + bar + "  \(count)"
        }
        let seconds = Int(time.components.seconds)
        let footer = "  notices \(told)   dead letters \(dead)   \(seconds / 60):\(seconds % 60 < 10 ? "0" : "")\(seconds % 60)"
        return [""] + bars + [footer, ""]
    }
}
