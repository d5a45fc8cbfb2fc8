/// How many pieces may be sold, by SKU and warehouse, as a batch of orders takes from them one after the other.
public struct Shelves: Sendable {
    private struct Shelf: Sendable {
        let warehouse: String
        let rank: Int64
        var available: Int64
    }

    private var shelves: [String: [Shelf]] = [:]

    public init() {}

    /// Adds what a warehouse has of a SKU. Warehouses of the least rank are taken from first.
    public mutating func put(_ sku: String, warehouse: String, rank: Int64, available: Int64) {
        var shelf = shelves[sku] ?? []
        let index = shelf.firstIndex { ($0.rank, $0.warehouse) > (rank, warehouse) } ?? shelf.endIndex
        shelf.insert(Shelf(warehouse: warehouse, rank: rank, available: available), at: index)
        shelves[sku] = shelf
    }

    /// What may still be sold of a SKU, in all warehouses.
    public func available(_ sku: String) -> Int64 {
        shelves[sku]?.reduce(0) { $0 + $1.available } ?? 0
    }

    /// Takes every line, or nothing where one of them can't be had whole. A line comes from one warehouse where one has
    /// enough, else from several.
    /// - Returns: what was taken from where; or the SKUs that are short.
    public mutating func take(_ lines: [Pieces]) -> Taking {
        var taken: [Allocation] = []
        taken.reserveCapacity(lines.count)
        var short: [String] = []
        for line in lines where !take(line, into: &taken) && !short.contains(line.sku) { short.append(line.sku) }
        guard short.isEmpty else {
            for allocation in taken { giveBack(allocation) }
            return .short(short)
        }
        return .taken(taken)
    }

    /// What became of an order's lines.
    public enum Taking: Sendable, Equatable {
        case taken([Allocation])
        /// Nothing was taken, for want of these SKUs.
        case short([String])
    }

    /// Makes pieces available again.
    public mutating func giveBack(_ allocation: Allocation) {
        guard let index = shelves[allocation.sku]?.firstIndex(where: { $0.warehouse == allocation.warehouse }) else { return }
        shelves[allocation.sku]?[index].available += allocation.quantity
    }

    private mutating func take(_ line: Pieces, into taken: inout [Allocation]) -> Bool {
        guard let found = shelves.index(forKey: line.sku) else { return false }
        if let index = shelves.values[found].firstIndex(where: { $0.available >= line.quantity }) {
            shelves.values[found][index].available -= line.quantity
            let warehouse = shelves.values[found][index].warehouse
            taken.append(Allocation(line: line.n, sku: line.sku, warehouse: warehouse, quantity: line.quantity))
            return true
        }
        guard shelves.values[found].reduce(0, { $0 + $1.available }) >= line.quantity else { return false }
        var left = line.quantity
        for index in shelves.values[found].indices where left > 0 {
            let part = min(left, shelves.values[found][index].available)
            guard part > 0 else { continue }
            shelves.values[found][index].available -= part
            left -= part
            let warehouse = shelves.values[found][index].warehouse
            taken.append(Allocation(line: line.n, sku: line.sku, warehouse: warehouse, quantity: part))
        }
        return true
    }
}
