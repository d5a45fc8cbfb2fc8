import Commerce
import FoundationEssentials
import JSON
import Testing

@Suite struct LedgerTests {
    private let merchants = Sample.merchants
    private let order = UUID()

    private func terms(_ shares: [Share], freight: Int64, total: Int64? = nil) -> OrderTerms {
        var terms = Sample.terms
        terms.shares = shares
        terms.freight = freight
        terms.total = total ?? shares.reduce(freight) { $0 + $1.gross }
        return terms
    }

    private func balance(_ postings: [Posting]) -> [Account: Int64] {
        var balances: [Account: Int64] = [:]
        for entry in postings.flatMap(\.entries) { balances[entry.account, default: 0] += entry.amount }
        return balances.filter { $0.value != 0 }
    }

    @Test func `a posting that does not balance, overflows or moves nothing can't be built`() {
        let account = Account.freight
        func build(_ amounts: [Int64]) throws(LedgerError) {
            _ = try Posting(.paid, order: order, currency: .cny, entries: amounts.map { Posting.Entry(account, $0) })
        }
        #expect(throws: LedgerError.unbalanced(by: 1)) { try build([5, -4]) }
        #expect(throws: LedgerError.overflow) { try build([.max, 1, .min]) }
        #expect(throws: LedgerError.overflow) { try build([.max, .min, 1]) }
        #expect(throws: LedgerError.empty) { try build([0, 0]) }
        #expect(throws: LedgerError.empty) { try build([]) }
        #expect(throws: Never.self) { try build([3, -1, -2, 0]) }
    }

    @Test func `a payment goes to the merchants less commission, to commission and to freight`() throws {
        let share = Share(merchant: merchants[0], fulfillment: UUID(), gross: 9_900, commissionBP: 550)
        let posting = try Posting.paid(terms([share], freight: 800))
        #expect(
            balance([posting]) == [
                .clearing(.wechat): 10_700, .pending(merchants[0]): -9_355, .commission: -545, .freight: -800,
            ])
        #expect(posting.amount == 10_700)
    }

    @Test func `shares that do not sum to the total are refused`() {
        let share = Share(merchant: merchants[0], fulfillment: UUID(), gross: 9_900, commissionBP: 550)
        #expect(throws: LedgerError.unbalanced(by: 1)) { try Posting.paid(terms([share], freight: 800, total: 10_701)) }
    }

    @Test func `whatever is paid, completed and refunded, the ledger balances and a full refund leaves nothing`() throws {
        var dice = Dice(7)
        for round in 0..<2_000 {
            let shares = (0..<Int.random(in: 1...4, using: &dice)).map {
                Share(
                    merchant: merchants[$0], fulfillment: UUID(), gross: .random(in: 0...1_000_000, using: &dice),
                    commissionBP: .random(in: 0...10_000, using: &dice))
            }
            let terms = terms(shares, freight: .random(in: 1...5_000, using: &dice))
            var history = [try Posting.paid(terms)]
            if Bool.random(using: &dice), let completed = try? Posting.completed(order: terms.order, currency: .cny, shares: shares) {
                history.append(completed)
                let balances = balance(history)
                for share in shares { #expect(balances[.pending(share.merchant)] == nil) }
            }
            var left = terms.total
            var refunds = 0
            while left > 0 {
                refunds += 1
                let amount = refunds == 4 ? left : Int64.random(in: 1...left, using: &dice)
                history.append(
                    try .refunded(
                        order: terms.order, refund: "r\(refunds)", amount: amount, currency: .cny, method: .wechat, earlier: history))
                left -= amount
                #expect(history.last?.entries.reduce(0) { $0 + $1.amount } == 0)
                #expect(balance(history)[.clearing(.wechat), default: 0] == left)
                #expect(balance(history).allSatisfy { $0.key == .clearing(.wechat) || $0.value < 0 }, "round \(round): an account turned")
            }
            #expect(balance(history).isEmpty)
            #expect(throws: LedgerError.exceeds(refund: 1, left: 0)) {
                try Posting.refunded(order: terms.order, refund: "more", amount: 1, currency: .cny, method: .wechat, earlier: history)
            }
            #expect(Set(history.map(\.id)).count == history.count)
        }
    }

    @Test func `money that came too late passes through and leaves nothing`() throws {
        let posting = try Posting.refunded(order: order, refund: "r", amount: 500, currency: .cny, method: .wechat, earlier: [])
        #expect(balance([posting]).isEmpty && posting.amount == 1_000)
    }
}
