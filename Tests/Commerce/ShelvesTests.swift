import Commerce
import Testing

@Suite struct ShelvesTests {
    private func shelves() -> Shelves {
        var shelves = Shelves()
        shelves.put("A", warehouse: "GZ", rank: 2, available: 10)
        shelves.put("A", warehouse: "SH", rank: 1, available: 3)
        shelves.put("B", warehouse: "GZ", rank: 2, available: 1)
        return shelves
    }

    @Test func `a line comes from the first warehouse that has enough, else from several`() {
        var shelves = shelves()
        #expect(
            shelves.take([Pieces(n: 1, sku: "A", quantity: 3)]) == .taken([Allocation(line: 1, sku: "A", warehouse: "SH", quantity: 3)]))
        shelves = self.shelves()
        #expect(
            shelves.take([Pieces(n: 1, sku: "A", quantity: 4)]) == .taken([Allocation(line: 1, sku: "A", warehouse: "GZ", quantity: 4)]))
        shelves = self.shelves()
        #expect(
            shelves.take([Pieces(n: 1, sku: "A", quantity: 12)])
                == .taken([
                    Allocation(line: 1, sku: "A", warehouse: "SH", quantity: 3),
                    Allocation(line: 1, sku: "A", warehouse: "GZ", quantity: 9),
                ]))
    }

    @Test func `an order that can't have every line takes nothing`() {
        var shelves = shelves()
        let lines = [Pieces(n: 1, sku: "A", quantity: 13), Pieces(n: 2, sku: "B", quantity: 2), Pieces(n: 3, sku: "C", quantity: 1)]
        #expect(shelves.take(lines) == .short(["B", "C"]))
        #expect(shelves.available("A") == 13 && shelves.available("B") == 1)
    }

    @Test func `two lines of one SKU share what is there`() {
        var shelves = shelves()
        #expect(shelves.take([Pieces(n: 1, sku: "B", quantity: 1), Pieces(n: 2, sku: "B", quantity: 1)]) == .short(["B"]))
        #expect(shelves.available("B") == 1)
    }

    @Test func `whatever is taken and given back, nothing is made or lost`() {
        var dice = Dice(11)
        var shelves = Shelves()
        let skus = (0..<5).map { "S\($0)" }
        for sku in skus {
            for warehouse in 0..<3 { shelves.put(sku, warehouse: "W\(warehouse)", rank: 1, available: .random(in: 0...40, using: &dice)) }
        }
        let whole = skus.reduce(0) { $0 + shelves.available($1) }
        var held: [[Allocation]] = []
        for _ in 0..<5_000 {
            if !held.isEmpty, Int.random(in: 0..<3, using: &dice) == 0 {
                for allocation in held.remove(at: .random(in: held.indices, using: &dice)) { shelves.giveBack(allocation) }
            } else {
                let lines = (1...Int64.random(in: 1...4, using: &dice)).map {
                    Pieces(n: $0, sku: skus.randomElement(using: &dice)!, quantity: .random(in: 1...30, using: &dice))
                }
                guard case .taken(let allocations) = shelves.take(lines) else { continue }
                #expect(allocations.reduce(0) { $0 + $1.quantity } == lines.reduce(0) { $0 + $1.quantity })
                held.append(allocations)
            }
            let out = held.joined().reduce(0) { $0 + $1.quantity }
            #expect(skus.allSatisfy { shelves.available($0) >= 0 })
            #expect(skus.reduce(0) { $0 + shelves.available($1) } + out == whole)
        }
    }
}
