internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Store
internal import Work

// What a message leads to. Pure.

extension Payments {
    typealias Decided = Decision<Stamped<PaymentChange>>

    /// How long a notification waits for an order that is not there: it may have overtaken it.
    static let patience: TimeInterval = 600

    // MARK: - Opening

    func open(
        _ terms: OrderTerms, _ answer: PaymentsAnswer, _ message: Received<PaymentsInput>, _ state: inout PaymentsState
    ) throws -> Decided {
        if let payment = state.payments[terms.order] {
            switch (payment.state, answer) {
            case (.closed, .opened), (.expired, .opened), (.declined, .opened):
                // Nothing may be paid any more, and just now the buyer could: what was opened is closed again.
                return Decision("barred", causes: [Self.due(terms.order, closes: true)])
            case (_, .standing(.paid(let fact))): return try take(fact, terms, message, &state)
            case (.closed, _), (.expired, _), (.declined, _): return Decision("barred")
            default: return Decision("duplicate")
            }
        }
        var payment = Payment(order: terms.order, state: .paid, method: terms.method, currency: terms.currency, amount: terms.total)
        switch answer {
        case .nothing:
            payment.paidAmount = terms.total
            payment.paidAt = message.now
            let paid = OrderPaid(terms: terms, transactionID: nil, paidAt: message.now)
            return write("paid", payment, isNew: true, message, &state, causes: [Cause(paid)])
        case .opened(let codeURL):
            let expiresAt = expiry(of: message)
            payment.state = .open
            payment.codeURL = codeURL
            payment.expiresAt = expiresAt
            let opened = PaymentOpened(reference: terms.reference, method: terms.method, codeURL: codeURL, expiresAt: expiresAt)
            return write("opened", payment, isNew: true, message, &state, causes: [Cause(opened), nextLook(payment, message.now)])
        case .refused(let reason):
            payment.state = .declined
            payment.reason = reason
            let declined = PaymentDeclined(reference: terms.reference, reason: String(reason.prefix(100)))
            return write("declined", payment, isNew: true, message, &state, causes: [Cause(declined)])
        case .tooLate:
            payment.state = .expired
            payment.reason = "no time was left when it could be opened"
            let expired = PaymentExpired(reference: terms.reference, reason: "expired")
            return write("expired", payment, isNew: true, message, &state, causes: [Cause(expired)])
        case .standing(.paid(let fact)): return try take(fact, terms, message, &state)
        case .standing, .refund: throw WrongAnswer()
        }
    }

    // MARK: - Paying

    func take(_ notified: PaymentNotified, _ message: Received<PaymentsInput>, _ state: inout PaymentsState) throws -> Decided {
        guard notified.provider == PaymentMethod.wechat.rawValue, TradeNumber.id(notified.outTradeNo) == notified.order else {
            throw Setback.dead("it names a payment that is none of ours")
        }
        guard let terms = state.terms[notified.order] else { return try unknownOrder(message) }
        switch notified.state {
        case .success:
            let fact = PaymentFact(
                transactionID: notified.transactionID ?? "", amount: notified.amount, currency: notified.currency, at: notified.at)
            return try take(fact, terms, message, &state)
        case .failed: return fail("the provider says that it failed", terms, message, &state)
        case .closed: return expire(terms, message, &state)
        }
    }

    /// Money came in. Whether it is taken or given back depends on who was first: it, or the payment's end.
    private func take(
        _ fact: PaymentFact, _ terms: OrderTerms, _ message: Received<PaymentsInput>, _ state: inout PaymentsState
    ) throws -> Decided {
        let known = state.payments[terms.order]
        switch known?.state {
        case .paid, .mismatched, .refundDue, .refunded: return Decision("duplicate")
        default: break
        }
        var payment =
            known ?? Payment(order: terms.order, state: .none, method: terms.method, currency: terms.currency, amount: terms.total)
        payment.transactionID = fact.transactionID
        payment.paidAmount = fact.amount
        payment.paidAt = fact.at
        let isNew = known == nil
        guard fact.amount == payment.amount, fact.currency == payment.currency.rawValue, !fact.isRefunded else {
            payment.state = .mismatched
            payment.reason = fact.isRefunded ? "given back at the provider" : "\(fact.amount) \(fact.currency) came in"
            let mismatched = PaymentMismatched(
                reference: terms.reference, expected: payment.amount, got: fact.amount, currency: fact.currency)
            return write("mismatched", payment, isNew: isNew, message, &state, causes: [Cause(mismatched)])
        }
        let isOver =
            state.endings[terms.order] != nil || payment.state == .closed || payment.state == .expired || payment.state == .declined
        guard isOver else {
            payment.state = .paid
            let paid = OrderPaid(terms: terms, transactionID: fact.transactionID, paidAt: fact.at)
            return write("paid", payment, isNew: isNew, message, &state, causes: [Cause(paid)])
        }
        payment.state = .refundDue
        let refund = RefundRequested(
            reference: terms.reference, amount: fact.amount, currency: payment.currency, method: payment.method, reason: .latePayment)
        return write("late: given back", payment, isNew: isNew, refundDue: .latePayment, message, &state, causes: [Cause(refund)])
    }

    // MARK: - Looking and ending

    func look(
        _ due: PaymentDue, _ answer: PaymentsAnswer, _ message: Received<PaymentsInput>, _ state: inout PaymentsState
    ) throws -> Decided {
        guard case .standing(let standing) = answer else { throw WrongAnswer() }
        guard let terms = state.terms[due.order] else { return try unknownOrder(message) }
        switch standing {
        case .paid(let fact): return try take(fact, terms, message, &state)
        case .failed(let word): return fail(word, terms, message, &state)
        case .closed: return expire(terms, message, &state)
        case .unpaid:
            guard let payment = state.payments[due.order], payment.state == .open else { return Decision("already ended") }
            return Decision("unpaid", causes: [nextLook(payment, message.now)])
        }
    }

    private func fail(
        _ reason: String, _ terms: OrderTerms, _ message: Received<PaymentsInput>, _ state: inout PaymentsState
    ) -> Decided {
        end(.declined, reason, terms, message, &state) { Cause(PaymentDeclined(reference: terms.reference, reason: reason)) }
    }

    private func expire(_ terms: OrderTerms, _ message: Received<PaymentsInput>, _ state: inout PaymentsState) -> Decided {
        end(.expired, "expired", terms, message, &state) { Cause(PaymentExpired(reference: terms.reference, reason: "expired")) }
    }

    /// Ends a payment that the provider can't take any more. The order of an already cancelled one needs no telling.
    private func end(
        _ end: PaymentState, _ reason: String, _ terms: OrderTerms, _ message: Received<PaymentsInput>, _ state: inout PaymentsState,
        _ cause: () -> Cause
    ) -> Decided {
        guard var payment = state.payments[terms.order], payment.state == .open || payment.state == .opening else {
            return Decision("already ended")
        }
        let isCancelled = state.endings[terms.order] != nil
        payment.state = isCancelled ? .closed : end
        payment.reason = isCancelled ? "cancelled" : reason
        return write(payment.state.rawValue, payment, isNew: false, message, &state, causes: isCancelled ? [] : [cause()])
    }

    func cancel(_ cancelled: OrderCancelled, _ message: Received<PaymentsInput>, _ state: inout PaymentsState) -> Decided {
        guard var payment = state.payments[cancelled.order] else { return Decision("nothing to close") }
        let close = Self.due(cancelled.order, closes: true)
        switch payment.state {
        case .open, .opening, .none:
            payment.state = .closed
            payment.reason = "cancelled"
            return write("closed", payment, isNew: false, message, &state, causes: [close])
        // Barred before it was opened. If it is being opened this moment, the provider must close it; where stock was short,
        // it never was.
        case .closed where payment.method == .wechat && payment.amount > 0 && cancelled.reason != .outOfStock:
            return Decision("barred", causes: [close])
        default: return Decision("nothing to close")
        }
    }

    /// When the provider is asked next, should nothing be heard: after a sixth and a half of the time, and when it is over.
    private func nextLook(_ payment: Payment, _ now: Date) -> Cause {
        let expiresAt = payment.expiresAt ?? now
        let looks = [expiresAt.addingTimeInterval(-window * 5 / 6), expiresAt.addingTimeInterval(-window / 2)]
        // Not twice within seconds of each other, where a message was slow to come.
        let next = looks.first { $0.timeIntervalSince(now) > window / 20 }
        return Self.due(payment.order, closes: next == nil, at: next ?? expiresAt)
    }

    private static func due(_ order: UUID, closes: Bool, at: Date? = nil) -> Cause {
        Cause(PaymentDue.type, order: order, body: PaymentDue(order: order, closes: closes).encoded(), due: at)
    }

    // MARK: - Giving back

    func giveBack(
        _ refund: RefundRequested, _ answer: PaymentsAnswer, _ message: Received<PaymentsInput>, _ state: inout PaymentsState
    ) throws -> Decided {
        guard var payment = state.payments[refund.order], let paid = payment.paidAmount,
            var standing = state.refunds[refund.refund], standing.order == refund.order
        else { throw Setback.dead("no refund is due for this order") }
        if standing.isSettled { return Decision("duplicate") }
        let all = state.refunds.values.lazy.filter { $0.order == refund.order }.reduce(0) { $0 + $1.amount }
        guard all <= paid, standing.amount == refund.amount else { throw Setback.dead("more would be given back than is due") }
        switch answer {
        case .refund(.processing):
            // Half as long again as it has taken so far: wallets take minutes, cards days.
            let age = message.now.timeIntervalSince(standing.dueAt)
            // First after a minute, or sooner where payments are over sooner.
            let next = Cause(refund, due: message.now.addingTimeInterval(min(max(age / 2, min(60, window)), 6 * 3600)))
            guard all == paid, payment.state == .paid else { return Decision("processing", causes: [next]) }
            payment.state = .refundDue
            return write("processing", payment, isNew: false, message, &state, causes: [next])
        // Who took the money gives it back: what was paid at the storefront is the storefront's to return once it is told.
        case .nothing where refund.method != .wechat: break
        case .refund(.settled): break
        default: throw WrongAnswer()
        }
        let name = if case .refund(.settled(let name)) = answer { name } else { refund.refund.text }
        standing.isSettled = true
        state.refunds[refund.refund] = standing
        let settledInAll = state.refunds.values.lazy.filter { $0.order == refund.order && $0.isSettled }.reduce(0) { $0 + $1.amount }
        if settledInAll == paid { payment.state = .refunded } else if all == paid { payment.state = .refundDue }
        let settled = RefundSettled(
            reference: refund.reference, amount: refund.amount, currency: refund.currency, refundID: name, refund: refund.refund,
            breakdown: refund.breakdown)
        return write(
            "refunded", payment, isNew: false, settled: PaymentChange.Settled(refund: refund.refund, name: name), message, &state,
            causes: [Cause(settled)])
    }

    // MARK: - Common

    private func unknownOrder(_ message: Received<PaymentsInput>) throws -> Decided {
        guard message.now.timeIntervalSince(message.publishedAt) < Self.patience else { throw Setback.dead("there is no such order") }
        throw Setback.wait(.seconds(5), "the order is not there yet")
    }

    private func write(
        _ outcome: String, _ payment: Payment, isNew: Bool, refundDue: RefundReason? = nil, settled: PaymentChange.Settled? = nil,
        _ message: Received<PaymentsInput>, _ state: inout PaymentsState, causes: [Cause]
    ) -> Decided {
        state.payments[payment.order] = payment
        let change = PaymentChange(payment: payment, isNew: isNew, refundDue: refundDue, settled: settled)
        if let refundDue, let amount = payment.paidAmount {
            state.refunds[OrderID.refund(order: payment.order, reason: refundDue)] = Refunds.Standing(
                order: payment.order, amount: amount, dueAt: message.now, isSettled: false)
        }
        return Decision(outcome, Stamped(change, Stamp(message)), causes: causes)
    }
}

/// The provider was not asked what it should have been: a fault of ours.
struct WrongAnswer: Error, CustomStringConvertible {
    var description: String { "the provider's answer does not belong to this message" }
}
