import Commerce
import FoundationEssentials
import Providers
import Store
import Synchronization
import Testing
import Work

@testable import Workers

@Suite struct `Taking payments` {
    private let provider = FakeProvider()
    private var payments: Payments { Payments(provider) }

    /// An order whose payment is open, and what payments knows of it.
    private func open() async throws -> (PaymentStory, PaymentsState) {
        let story = try PaymentStory()
        var state = PaymentsState()
        _ = try await payments.handle(story.message(.reserved(story.terms)), &state)
        state.terms[story.order] = story.terms
        return (story, state)
    }

    private func due(_ story: PaymentStory, closes: Bool = true) -> PaymentsInput { .due(PaymentDue(order: story.order, closes: closes)) }

    // MARK: - Opening

    @Test func `an order paid at the storefront is paid at once, without a call`() async throws {
        let story = try PaymentStory(method: .prepaid)
        var state = PaymentsState()
        let message = story.message(.reserved(story.terms))
        #expect(payments.party(of: message) == nil)
        let outcome = try await payments.handle(message, &state)
        #expect(outcome.word == "paid" && outcome.types == ["order.paid"])
        #expect(outcome.change?.isNew == true && outcome.change?.payment.paidAmount == 1000)
        let paid = try OrderPaid(parsing: outcome.causes[0].body)
        #expect(paid.terms == story.terms && paid.transactionID == nil)
        #expect(provider.calls == [])
        #expect(try await payments.handle(message, &state).word == "duplicate")
    }

    @Test func `an order that costs nothing asks nobody for nothing`() async throws {
        let story = try PaymentStory(total: 0)
        var state = PaymentsState()
        #expect(try await payments.handle(story.message(.reserved(story.terms)), &state).types == ["order.paid"])
        #expect(provider.calls == [])
    }

    @Test func `a payment is opened with the provider, told, and looked at again`() async throws {
        let story = try PaymentStory()
        var state = PaymentsState()
        let message = story.message(.reserved(story.terms))
        #expect(payments.party(of: message) == "wechat")
        let outcome = try await payments.handle(message, &state)
        #expect(outcome.word == "opened" && outcome.types == ["payment.opened", "payment.due"])
        let opened = try PaymentOpened(parsing: outcome.causes[0].body)
        #expect(opened.codeURL == "weixin://code" && opened.expiresAt == story.start.addingTimeInterval(1800))
        #expect(outcome.causes[1].due == story.start.addingTimeInterval(300))
        #expect(try PaymentDue(parsing: outcome.causes[1].body).closes == false)
        #expect(state.payments[story.order]?.state == .open)
    }

    @Test func `however often it is asked, a payment is opened until the same time`() async throws {
        let story = try PaymentStory()
        for seconds in [0.0, 5, 100] {
            var state = PaymentsState()
            _ = try await payments.handle(story.message(.reserved(story.terms), at: seconds, publishedAt: 0), &state)
        }
        #expect(Set(provider.said.withLock { $0.expiries }).count == 1)
    }

    @Test func `a payment that nobody has time to pay is not opened`() async throws {
        let story = try PaymentStory()
        var state = PaymentsState()
        let outcome = try await payments.handle(story.message(.reserved(story.terms), at: 1780, publishedAt: 0), &state)
        #expect(outcome.word == "expired" && outcome.types == ["payment.expired"])
        #expect(provider.calls == [])
    }

    @Test func `what the provider refuses is closed there and declined here`() async throws {
        provider.said.withLock { $0.opening = .failure(FakeProvider.problem(.refused(code: "PARAM_ERROR", message: ""))) }
        let story = try PaymentStory()
        var state = PaymentsState()
        let outcome = try await payments.handle(story.message(.reserved(story.terms)), &state)
        #expect(outcome.word == "declined" && outcome.types == ["payment.declined"])
        #expect(provider.calls == ["open", "standing", "close"])
    }

    @Test func `what the provider refuses because it was paid under this number before is paid`() async throws {
        let story = try PaymentStory()
        provider.said.withLock {
            $0.opening = .failure(FakeProvider.problem(.refused(code: "OUT_TRADE_NO_USED", message: "")))
            $0.standings = [.success(.paid(story.fact))]
        }
        var state = PaymentsState()
        let outcome = try await payments.handle(story.message(.reserved(story.terms)), &state)
        #expect(outcome.word == "paid" && outcome.change?.isNew == true)
        #expect(try OrderPaid(parsing: outcome.causes[0].body).transactionID == "42")
    }

    @Test(arguments: [
        (ProviderError.Kind.away, Setback.away(party: "wechat", "wechat: so it is")),
        (.transient(retryAfter: .seconds(3)), .retry(after: .seconds(3), "wechat: so it is")),
        (.throttled(retryAfter: .seconds(3)), .wait(.seconds(3), "wechat: so it is")), (.unknown, .retry(after: nil, "wechat: so it is")),
        (.blocked(code: "SIGN_ERROR", message: ""), .away(party: "wechat", "wechat: SIGN_ERROR: so it is")),
    ]) func `a provider that can't answer puts the message off`(kind: ProviderError.Kind, setback: Setback) async throws {
        provider.said.withLock { $0.opening = .failure(FakeProvider.problem(kind)) }
        let story = try PaymentStory()
        var state = PaymentsState()
        #expect(try await payments.handle(story.message(.reserved(story.terms)), &state).setback == setback)
        #expect(state.payments.isEmpty)
    }

    @Test func `without a provider its orders wait for one, others don't`() async throws {
        let alone = Payments(desk: nil, window: .seconds(1800))
        let (wechat, prepaid) = (try PaymentStory(), try PaymentStory(method: .prepaid))
        let answers = await alone.ask([wechat.message(.reserved(wechat.terms)), prepaid.message(.reserved(prepaid.terms))])
        guard case .failure(.away("wechat", _)) = answers[0], case .success(.nothing) = answers[1] else {
            Issue.record("\(answers)")
            return
        }
    }

    @Test func `an order cancelled before its payment was open is never paid, and the provider closes what it opened`() async throws {
        let story = try PaymentStory()
        var barred = Payment(order: story.order, state: .closed, method: .wechat, currency: .cny, amount: 1000)
        barred.reason = "cancelled"
        var state = PaymentsState(payments: [story.order: barred])
        let outcome = try await payments.handle(story.message(.reserved(story.terms)), &state)
        #expect(outcome.word == "barred" && outcome.types == ["payment.due"] && outcome.change == nil)
        #expect(try PaymentDue(parsing: outcome.causes[0].body).closes)
        let prepaid = try PaymentStory(method: .prepaid)
        state.payments[prepaid.order] = Payment(order: prepaid.order, state: .closed, method: .prepaid, currency: .cny, amount: 1000)
        let other = try await payments.handle(prepaid.message(.reserved(prepaid.terms)), &state)
        #expect(other.word == "barred" && other.causes.isEmpty)
    }

    // MARK: - Paying

    @Test func `a payment that is notified twice is recorded once`() async throws {
        var (story, state) = try await open()
        let first = try await payments.handle(story.message(story.notified(), at: 10), &state)
        #expect(first.word == "paid" && first.types == ["order.paid"] && first.change?.isNew == false)
        let paid = try OrderPaid(parsing: first.causes[0].body)
        #expect(paid.terms == story.terms && paid.transactionID == "42" && paid.paidAt == story.start)
        let second = try await payments.handle(story.message(story.notified(), at: 11), &state)
        #expect(second.word == "duplicate" && second.causes.isEmpty && second.change == nil)
    }

    @Test func `a notification that is quicker than our own record of the opening counts`() async throws {
        let story = try PaymentStory()
        var state = PaymentsState(terms: [story.order: story.terms])
        let outcome = try await payments.handle(story.message(story.notified()), &state)
        #expect(outcome.word == "paid" && outcome.change?.isNew == true)
        #expect(try await payments.handle(story.message(.reserved(story.terms)), &state).word == "duplicate")
    }

    @Test(arguments: [(Int64(999), "CNY"), (1001, "CNY"), (1000, "USD")]) func `money that doesn't fit is looked at by people`(
        amount: Int64, currency: String
    )
        async throws
    {
        var (story, state) = try await open()
        let outcome = try await payments.handle(story.message(story.notified(amount: amount, currency: currency)), &state)
        #expect(outcome.word == "mismatched" && outcome.types == ["payment.mismatched"])
        let told = try PaymentMismatched(parsing: outcome.causes[0].body)
        #expect(told.expected == 1000 && told.got == amount && told.currency == currency)
        #expect(try await payments.handle(story.message(story.notified()), &state).word == "duplicate")
    }

    @Test(arguments: [PaymentState.expired, .declined, .closed]) func `money that comes after the end is given back, once`(
        end: PaymentState
    ) async throws {
        var (story, state) = try await open()
        state.payments[story.order]?.state = end
        let late = try await payments.handle(story.message(story.notified(), at: 4000), &state)
        #expect(late.word == "late: given back" && late.types == ["refund.requested"] && late.change?.refundDue == .latePayment)
        #expect(try RefundRequested(parsing: late.causes[0].body).amount == 1000)
        #expect(try await payments.handle(story.message(story.notified(), at: 4001), &state).word == "duplicate")
    }

    @Test func `money for an order that was cancelled meanwhile is given back`() async throws {
        var (story, state) = try await open()
        state.endings[story.order] = .cancelled
        #expect(try await payments.handle(story.message(story.notified()), &state).types == ["refund.requested"])
    }

    @Test func `a notification about a foreign payment, or an order that never comes, becomes a dead letter`() async throws {
        var (story, state) = try await open()
        var foreign = PaymentNotified(
            provider: "wechat", outTradeNo: TradeNumber.of(UUID()), order: story.order, transactionID: "1", amount: 1000, currency: "CNY",
            state: .success,
            at: story.start)
        guard case .dead = try await payments.handle(story.message(.notified(foreign)), &state).setback else {
            Issue.record("taken for ours")
            return
        }
        foreign.outTradeNo = "short"
        guard case .dead = try await payments.handle(story.message(.notified(foreign)), &state).setback else {
            Issue.record("taken for ours")
            return
        }
        let stranger = try PaymentStory()
        guard case .wait = try await payments.handle(stranger.message(stranger.notified(), at: 10, publishedAt: 0), &state).setback,
            case .dead = try await payments.handle(stranger.message(stranger.notified(), at: 601, publishedAt: 0), &state).setback
        else {
            Issue.record("neither waited for nor given up")
            return
        }
    }

    // MARK: - Looking and ending

    @Test func `a payment is looked at after a sixth and a half of its time, and closed at its end`() async throws {
        var (story, state) = try await open()
        let first = try await payments.handle(story.message(due(story, closes: false), at: 301), &state)
        #expect(first.word == "unpaid" && first.causes[0].due == story.start.addingTimeInterval(900))
        let second = try await payments.handle(story.message(due(story, closes: false), at: 901), &state)
        #expect(second.causes[0].due == story.start.addingTimeInterval(1800))
        #expect(try PaymentDue(parsing: second.causes[0].body).closes)
        #expect(provider.calls == ["open", "standing", "standing"])
        let last = try await payments.handle(story.message(due(story), at: 1800), &state)
        #expect(last.word == "expired" && last.types == ["payment.expired"])
        #expect(provider.calls.suffix(2) == ["standing", "close"])
        #expect(try await payments.handle(story.message(due(story), at: 1801), &state).word == "already ended")
    }

    @Test func `a payment whose notification was lost is found by asking`() async throws {
        var (story, state) = try await open()
        provider.said.withLock { $0.standings = [.success(.paid(story.fact))] }
        #expect(try await payments.handle(story.message(due(story), at: 1800), &state).types == ["order.paid"])
        #expect(!provider.calls.contains("close"))
        #expect(try await payments.handle(story.message(story.notified(), at: 1801), &state).word == "duplicate")
    }

    @Test func `a buyer who pays while we close has paid`() async throws {
        var (story, state) = try await open()
        provider.said.withLock {
            $0.standings = [.success(.unpaid), .success(.paid(story.fact))]
            $0.closing = FakeProvider.problem(.refused(code: "ORDERPAID", message: ""))
        }
        #expect(try await payments.handle(story.message(due(story), at: 1800), &state).types == ["order.paid"])
    }

    @Test(arguments: [true, false]) func `a payment that failed at the provider is declined`(closes: Bool) async throws {
        var (story, state) = try await open()
        provider.said.withLock { $0.standings = [.success(.failed("PAYERROR"))] }
        let outcome = try await payments.handle(story.message(due(story, closes: closes), at: 301), &state)
        #expect(outcome.word == "declined" && outcome.types == ["payment.declined"])
        #expect(try PaymentDeclined(parsing: outcome.causes[0].body).reason == "PAYERROR")
    }

    @Test func `money that was given back at the provider is no payment`() async throws {
        var (story, state) = try await open()
        var fact = story.fact
        fact.isRefunded = true
        provider.said.withLock { [fact] in $0.standings = [.success(.paid(fact))] }
        #expect(try await payments.handle(story.message(due(story), at: 301), &state).types == ["payment.mismatched"])
    }

    @Test func `cancelling closes the payment here at once and at the provider next`() async throws {
        var (story, state) = try await open()
        let outcome = try await payments.handle(story.message(story.cancelled(), at: 60), &state)
        #expect(outcome.word == "closed" && outcome.types == ["payment.due"] && outcome.causes[0].due == nil)
        state.endings[story.order] = .cancelled
        let closed = try await payments.handle(story.message(due(story), at: 61), &state)
        #expect(closed.word == "already ended" && closed.causes.isEmpty)
        #expect(provider.calls.last == "close")
        #expect(try await payments.handle(story.message(story.cancelled(), at: 62), &state).change == nil)
    }

    @Test func `when the order turns out cancelled as its time is over, nobody is told twice`() async throws {
        var (story, state) = try await open()
        state.endings[story.order] = .cancelled
        let outcome = try await payments.handle(story.message(due(story), at: 1800), &state)
        #expect(outcome.word == "closed" && outcome.causes.isEmpty)
    }

    @Test func `a cancelled order that never came to paying costs no call`() async throws {
        let story = try PaymentStory()
        var state = PaymentsState()
        #expect(try await payments.handle(story.message(story.cancelled()), &state).causes.isEmpty)
        state.payments[story.order] = Payment(order: story.order, state: .closed, method: .wechat, currency: .cny, amount: 1000)
        #expect(try await payments.handle(story.message(story.cancelled(.outOfStock)), &state).causes.isEmpty)
        for state in [PaymentState.expired, .declined, .paid, .refunded] {
            var known = PaymentsState(payments: [
                story.order: Payment(order: story.order, state: state, method: .wechat, currency: .cny, amount: 1000)
            ])
            #expect(try await payments.handle(story.message(story.cancelled()), &known).causes.isEmpty)
        }
    }

    // MARK: - Giving back

    @Test func `a refund is asked for until it is done, then told once`() async throws {
        var (story, state) = try await open()
        state.payments[story.order]?.state = .refundDue
        state.payments[story.order]?.paidAmount = 1000
        state.refunds[OrderID.refund(order: story.order, reason: .latePayment)] = Refunds.Standing(
            order: story.order, amount: story.terms.total, dueAt: story.start, isSettled: false)
        let first = try await payments.handle(story.message(story.refund, at: 1), &state)
        #expect(first.word == "processing" && first.types == ["refund.requested"])
        #expect(first.causes[0].due == story.start.addingTimeInterval(61))
        let later = try await payments.handle(story.message(story.refund, at: 86_400), &state)
        #expect(later.causes[0].due == story.start.addingTimeInterval(86_400 + 6 * 3600))
        provider.said.withLock { $0.refund = .success(.settled(refundID: "50")) }
        let done = try await payments.handle(story.message(story.refund, at: 90_000), &state)
        #expect(done.word == "refunded" && done.types == ["refund.settled"] && done.change?.settled?.name == "50")
        #expect(try RefundSettled(parsing: done.causes[0].body).refundID == "50")
        #expect(try await payments.handle(story.message(story.refund, at: 90_001), &state).word == "duplicate")
    }

    @Test func `a refund that the provider refuses for good becomes a dead letter, for want of money it waits`() async throws {
        var (story, state) = try await open()
        state.payments[story.order]?.state = .refundDue
        provider.said.withLock { $0.refund = .failure(FakeProvider.problem(.refused(code: "ABNORMAL", message: ""))) }
        #expect(try await payments.handle(story.message(story.refund), &state).setback == .dead("wechat: ABNORMAL: so it is"))
        provider.said.withLock { $0.refund = .failure(FakeProvider.problem(.blocked(code: "NOT_ENOUGH", message: ""))) }
        #expect(
            try await payments.handle(story.message(story.refund), &state).setback
                == .retry(after: .seconds(600), "wechat: NOT_ENOUGH: so it is"))
    }

    @Test func `a refund that nobody owes is not paid twice`() async throws {
        var (story, state) = try await open()
        provider.said.withLock { $0.refund = .success(.settled(refundID: "50")) }
        guard case .dead = try await payments.handle(story.message(story.refund), &state).setback else {
            Issue.record("settled")
            return
        }
    }

    @Test func `names at the provider lead back to the order`() {
        let id = UUID()
        #expect(TradeNumber.of(id).utf8.count == 32)
        #expect(TradeNumber.id(TradeNumber.of(id)) == id)
        for name in ["", "x", id.uuidString, String(repeating: "-", count: 32), String(repeating: "g", count: 32)] {
            #expect(TradeNumber.id(name) == nil)
        }
        #expect(OrderID.refund(order: id, reason: .latePayment) == OrderID.refund(order: id, reason: .latePayment))
        #expect(OrderID.refund(order: id, reason: .latePayment) != OrderID.refund(order: UUID(), reason: .latePayment))
    }
}
