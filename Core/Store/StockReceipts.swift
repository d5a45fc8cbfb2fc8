internal import Commerce
public import Database
internal import FoundationEssentials

extension Stock {
    /// Pieces that arrive at a warehouse.
    public struct Receipt: Sendable {
        /// What it is.
        public let sku: String
        /// How many pieces.
        public let quantity: Int64

        public init(sku: String, quantity: Int64) {
            self.sku = sku
            self.quantity = quantity
        }
    }

    /// Opens a warehouse, or renames and ranks one; of several, the least rank is taken from first.
    public static func openWarehouse(_ code: String, name: String, rank: Int64 = 100) -> Query {
        Query(
            """
            insert into warehouses (code, name, rank) values ($1, $2, $3)
            on conflict (code) do update set name = excluded.name, rank = excluded.rank
            """, .text(code), .text(name), .integer(rank))
    }

    /// Takes in stock, as one movement: SKUs that are new to the warehouse are listed first. To be sent as one transaction.
    /// - Parameters:
    ///   - receipts: each SKU once.
    ///   - stamp: its message becomes the movement's id, so that a repeat fails (23505) and brings nothing in.
    public static func receive(_ receipts: [Receipt], at warehouse: String, _ stamp: Stamp) -> [Query] {
        let sorted = receipts.sorted { $0.sku.utf8.lexicographicallyPrecedes($1.sku.utf8) }
        let list = Query(
            """
            insert into stock (sku, warehouse) select sku, $1 from unnest($2::text[]) with ordinality as new (sku, n) order by n
            on conflict (sku, warehouse) do nothing
            """, .text(warehouse), .texts(sorted.map(\.sku)))
        let allocations = sorted.enumerated().map {
            Allocation(line: Int64($0 + 1), sku: $1.sku, warehouse: warehouse, quantity: $1.quantity)
        }
        let move = Move(id: stamp.message, kind: .receive, order: nil, allocations: allocations)
        return [list] + Stock.move([Stamped(move, stamp)])
    }
}
