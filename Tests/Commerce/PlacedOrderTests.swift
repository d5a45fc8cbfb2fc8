import Commerce
import FoundationEssentials
import JSON
import Testing

@Suite struct PlacedOrderTests {
    private let merchants = Sample.merchants
    private var rates: [UUID: Int64] { [merchants[0]: 500, merchants[1]: 1_000, merchants[2]: 0] }

    private func line(_ merchant: Int, _ sku: String, _ quantity: Int64, _ price: Int64) -> Line {
        Line(merchant: merchants[merchant], sku: sku, quantity: quantity, unitPrice: price)
    }

    @Test func `an order is split by merchant and its discount by price, to the last fen`() throws {
        let lines = [line(0, "A", 1, 1_000), line(1, "B", 2, 500), line(0, "C", 3, 333)]
        let placed = try PlacedOrder(Sample.submitted(lines: lines, freight: 600, discount: 100), commissions: rates)
        #expect(placed.goods == 2_999)
        #expect(placed.fulfillments.map(\.merchant) == [merchants[0], merchants[1]])
        #expect(placed.fulfillments[0].lines.map(\.n) == [1, 3] && placed.fulfillments[1].lines.map(\.n) == [2])
        #expect(placed.terms.shares.map(\.gross).reduce(600, +) == placed.terms.total)
        #expect(placed.terms.shares.map(\.commissionBP) == [500, 1_000])
        #expect(placed.terms.shares.map(\.fulfillment) == placed.fulfillments.map(\.id))
    }

    @Test func `shares and freight sum to the total for any order`() throws {
        var dice = Dice(3)
        for _ in 0..<3_000 {
            let lines = (0..<Int.random(in: 1...20, using: &dice)).map {
                line(.random(in: 0...2, using: &dice), "S\($0)", .random(in: 1...50, using: &dice), .random(in: 0...9_999, using: &dice))
            }
            let goods = lines.reduce(0) { $0 + $1.quantity * $1.unitPrice }
            let submitted = Sample.submitted(
                lines: lines, freight: .random(in: 0...2_000, using: &dice), discount: .random(in: 0...goods, using: &dice))
            let terms = try PlacedOrder(submitted, commissions: rates).terms
            #expect(terms.shares.reduce(terms.freight) { $0 + $1.gross } == terms.total)
            #expect(terms.shares.allSatisfy { $0.gross >= 0 })
            if terms.total > 0 { #expect(throws: Never.self) { try Posting.paid(terms) } }
        }
    }

    @Test func `an order that does not add up, or whose merchant is unknown, is refused with the place`() {
        func refused(_ submitted: OrderSubmitted) -> Rejection? {
            do {
                _ = try PlacedOrder(submitted, commissions: rates)
                return nil
            } catch { return error }
        }
        let good = line(0, "A", 1, 1_000)
        #expect(refused(Sample.submitted(lines: [good])) == nil)
        #expect(refused(Sample.submitted(lines: [good], total: 1_801)) == Rejection(.amounts, "/total"))
        #expect(refused(Sample.submitted(lines: [good, line(0, "B", 0, 5)])) == Rejection(.amounts, "/lines/1/quantity"))
        #expect(refused(Sample.submitted(lines: [line(0, "B", -3, 5)])) == Rejection(.amounts, "/lines/0/quantity"))
        #expect(refused(Sample.submitted(lines: [line(0, "B", 1, -5)])) == Rejection(.amounts, "/lines/0/unit_price"))
        #expect(refused(Sample.submitted(lines: [line(0, "B", 4, .max)])) == Rejection(.amounts, "/lines/0/unit_price"))
        #expect(refused(Sample.submitted(lines: [good], freight: -1)) == Rejection(.amounts, "/freight"))
        #expect(refused(Sample.submitted(lines: [good], discount: 1_001)) == Rejection(.amounts, "/discount"))
        #expect(refused(Sample.submitted(lines: [good], freight: .max)) == Rejection(.amounts, "/freight"))
        let many = (0..<3).map { _ in line(0, "B", 1, Money.limit / 2) }
        #expect(refused(Sample.submitted(lines: many)) == Rejection(.amounts, "/lines"))
        #expect(refused(Sample.submitted(lines: [good, line(3, "B", 1, 5)])) == Rejection(.unknownMerchant, "/lines/1/merchant"))
        #expect(refused(Sample.submitted(lines: [])) == Rejection(.amounts, "/lines"))
    }
}
