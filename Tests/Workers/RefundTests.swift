import Commerce
import FoundationEssentials
import JSON
import Store
import Synchronization
import Testing
import Work

@testable import Workers

/// What is given back of a payment in parts, by payments and in the ledger.
@Suite struct RefundTests {
    private let provider = FakeProvider()
    private var payments: Payments { Payments(provider) }

    private func paid(_ story: PaymentStory, refunds: [UUID: Int64]) -> PaymentsState {
        let payment = Payment(
            order: story.order, state: .paid, method: story.terms.method, currency: .cny, amount: 1_000, paidAmount: 1_000,
            paidAt: story.start)
        return PaymentsState(
            payments: [story.order: payment],
            refunds: refunds.mapValues { Refunds.Standing(order: story.order, amount: $0, dueAt: story.start, isSettled: false) })
    }

    private func request(_ story: PaymentStory, _ refund: UUID, _ amount: Int64) -> Received<PaymentsInput> {
        story.message(
            .refundRequested(
                RefundRequested(
                    reference: story.terms.reference, refund: refund, amount: amount, paid: 1_000, currency: .cny,
                    method: story.terms.method, reason: .cancelled,
                    breakdown: RefundBreakdown(
                        parts: [RefundBreakdown.Part(merchant: story.merchant, gross: amount, commission: 0)], freight: 0))))
    }

    @Test func `what goes back in parts leaves the payment paid until the last part is back`() async throws {
        let story = try PaymentStory()
        let (first, second) = (UUID(), UUID())
        var state = paid(story, refunds: [first: 400])
        provider.said.withLock { $0.refund = .success(.settled(refundID: "50")) }
        let done = try await payments.handle(request(story, first, 400), &state)
        #expect(done.word == "refunded" && done.types == ["refund.settled"] && done.change?.payment.state == .paid)
        let settled = try RefundSettled(parsing: done.causes[0].body)
        #expect(settled.refund == first && settled.refundID == "50" && settled.breakdown?.amount == 400)
        #expect(try await payments.handle(request(story, first, 400), &state).word == "duplicate")
        state.refunds[second] = Refunds.Standing(order: story.order, amount: 600, dueAt: story.start, isSettled: false)
        provider.said.withLock { $0.refund = .success(.processing) }
        #expect(try await payments.handle(request(story, second, 600), &state).change?.payment.state == .refundDue)
        #expect(try await payments.handle(request(story, second, 600), &state).change == nil)
        provider.said.withLock { $0.refund = .success(.settled(refundID: "51")) }
        #expect(try await payments.handle(request(story, second, 600), &state).change?.payment.state == .refunded)
    }

    @Test func `what was paid at the storefront is given back there, and no provider is asked`() async throws {
        let story = try PaymentStory(method: .prepaid)
        let refund = UUID()
        var state = paid(story, refunds: [refund: 1_000])
        let done = try await payments.handle(request(story, refund, 1_000), &state)
        #expect(done.change?.payment.state == .refunded && provider.calls.isEmpty)
        #expect(try RefundSettled(parsing: done.causes[0].body).refundID == refund.text)
    }

    @Test func `nothing is given back that is not due, or beyond what came in`() async throws {
        let story = try PaymentStory(method: .prepaid)
        let (first, second) = (UUID(), UUID())
        var state = paid(story, refunds: [first: 600, second: 600])
        #expect(try await payments.handle(request(story, first, 600), &state).setback == .dead("more would be given back than is due"))
        state = paid(story, refunds: [first: 600])
        #expect(try await payments.handle(request(story, first, 601), &state).setback == .dead("more would be given back than is due"))
        #expect(try await payments.handle(request(story, second, 1), &state).setback == .dead("no refund is due for this order"))
    }

    // MARK: - In the ledger

    @Test func `exactly those give back who would have had it, and what is left completes`() async throws {
        let shop = try await ShopForTests()
        let terms = OrdersForTests.terms("1", skus: ["A", "B"])
        try await shop.run(Placement(), [OrdersForTests.submitted("1", skus: ["A", "B"])])
        let breakdown = RefundBreakdown(
            parts: [RefundBreakdown.Part(merchant: terms.shares[0].merchant, gross: 1_000, commission: 50)], freight: 0)
        let refund = RefundSettled(
            reference: terms.reference, amount: 1_000, currency: .cny, refundID: "r1", refund: UUID(), breakdown: breakdown)
        let paid = OrderPaid(terms: terms, transactionID: nil, paidAt: OrdersForTests.now)
        let completed = OrderCompleted(reference: terms.reference, currency: .cny, shares: [terms.shares[1]])
        let outcomes = try await shop.run(Settlement(), [refund, paid, completed, refund]).map(\.outcome)
        #expect(outcomes == ["posted", "posted", "posted", "duplicate"])
        let balances = try await shop.texts(
            "select split_part(account, ':', 1) || ' ' || balance from account_balances where balance <> 0 order by account")
        #expect(balances == ["clearing 1500", "payable -900", "revenue -100", "revenue -500"])
    }

    @Test func `a refund whose parts are not its amount, or that exceeds what is left, is a dead letter`() async throws {
        let shop = try await ShopForTests()
        let terms = OrdersForTests.terms("1")
        try await shop.run(Placement(), [OrdersForTests.submitted("1")])
        try await shop.run(Settlement(), [OrderPaid(terms: terms, transactionID: nil, paidAt: OrdersForTests.now)])
        func refund(_ amount: Int64, _ gross: Int64) -> RefundSettled {
            RefundSettled(
                reference: terms.reference, amount: amount, currency: .cny, refundID: "r", refund: UUID(),
                breakdown: RefundBreakdown(
                    parts: [RefundBreakdown.Part(merchant: terms.shares[0].merchant, gross: gross, commission: 0)], freight: 0))
        }
        await #expect(throws: Setback.dead("a posting whose debits and credits differ by -1")) {
            try await shop.run(Settlement(), [refund(5, 4)])
        }
        await #expect(throws: Setback.dead("a refund of 1501 where only 1500 are left")) {
            try await shop.run(Settlement(), [refund(1_501, 1_501)])
        }
    }
}
