import Commerce
import FoundationEssentials
import JSON
import Store
import Testing
import Work

@testable import Workers

@Suite struct SettlementTests {
    private typealias Made = OrdersForTests
    private let worker = Settlement()

    private func paid(_ key: String) -> OrderPaid {
        OrderPaid(terms: Made.terms(key, skus: ["A", "B"]), transactionID: nil, paidAt: Made.now)
    }

    private func completed(_ key: String) -> OrderCompleted {
        let terms = Made.terms(key, skus: ["A", "B"])
        return OrderCompleted(reference: terms.reference, currency: terms.currency, shares: terms.shares)
    }

    private func refund(_ key: String, _ amount: Int64, _ id: String) -> RefundSettled {
        RefundSettled(reference: Made.terms(key).reference, amount: amount, currency: .cny, refundID: id)
    }

    @Test func `a payment is posted in balance without looking anything up`() throws {
        var state = SettlementState()
        let decision = try worker.decide(try Made.received(paid("1"), by: worker), (), &state)
        #expect(decision.outcome == "posted" && decision.types == ["settlement.posted"])
        #expect(decision.effect?.value == (try Posting.paid(Made.terms("1", skus: ["A", "B"]))))
    }

    @Test func `a payment whose shares do not sum to its total is a dead letter`() throws {
        var message = paid("1")
        message.terms.total += 1
        var state = SettlementState()
        #expect(throws: Setback.dead("a posting whose debits and credits differ by 1")) {
            try worker.decide(try Made.received(message, by: worker), (), &state)
        }
    }

    @Test func `an order that cost nothing posts nothing`() throws {
        var message = paid("1")
        message.terms.total = 0
        message.terms.freight = 0
        for index in message.terms.shares.indices { message.terms.shares[index].gross = 0 }
        var state = SettlementState()
        #expect(try worker.decide(try Made.received(message, by: worker), (), &state).outcome == "nothing to post")
    }

    @Test func `what is paid becomes payable on completion, in any order and however often it is told`() async throws {
        let shop = try await ShopForTests()
        try await shop.run(worker, [completed("1"), paid("1"), paid("2"), paid("1")])
        try await shop.run(worker, [completed("2"), completed("1"), paid("2")])
        #expect(try await shop.count("select count(*) from postings") == 4)
        #expect(try await shop.count("select count(*) from account_balances where account like 'pending:%' and balance <> 0") == 0)
        // Per order: 1,000 less 5 % and 1,000 less 10 %.
        #expect(try await shop.count("select -sum(balance) from account_balances where account like 'payable:%'") == 2 * (950 + 900))
        #expect(try await shop.count("select balance from account_balances where account = 'clearing:prepaid'") == 5_000)
    }

    @Test func `a refund takes back from everyone what they got, once, and no more than came in`() async throws {
        let shop = try await ShopForTests()
        try await shop.run(Placement(), [Made.submitted("1", skus: ["A", "B"])])
        try await shop.run(worker, [paid("1"), completed("1")])
        #expect(
            try await shop.run(worker, [refund("1", 1_000, "r1"), refund("1", 1_000, "r1")]).map(\.outcome) == ["posted", "duplicate"])
        #expect(
            try await shop.run(worker, [refund("1", 1_500, "r2"), refund("1", 1_000, "r1")]).map(\.outcome) == ["posted", "duplicate"])
        #expect(try await shop.count("select count(*) from account_balances where balance <> 0") == 0)
        await #expect(throws: Setback.dead("a refund of 1 where only 0 are left")) { try await shop.run(worker, [refund("1", 1, "r3")]) }
    }

    @Test func `money that came too late passes through`() async throws {
        let shop = try await ShopForTests()
        try await shop.run(Placement(), [Made.submitted("1")])
        #expect(
            try await shop.run(worker, [refund("1", 1_500, "r1"), refund("2", 5, "r9")]).map(\.outcome) == ["posted", "unknown order"])
        #expect(try await shop.count("select count(*) from account_balances where balance <> 0") == 0)
        #expect(try await shop.count("select count(*) from postings") == 1)
    }
}
