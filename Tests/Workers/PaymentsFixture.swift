import Commerce
import Database
import FoundationEssentials
import Logging
import Providers
import Store
import Support
import Synchronization
import Work

@testable import Workers

/// A provider that says what a test wants, and counts.
final class FakeProvider: Sendable {
    struct Said: Sendable {
        var opening: Result<String, ProviderError> = .success("weixin://code")
        /// One after the other; the last for ever.
        var standings: [Result<PaymentStanding, ProviderError>] = [.success(.unpaid)]
        var closing: ProviderError?
        var refund: Result<WeChatRefundOutcome, ProviderError> = .success(.processing)
        var calls: [String] = []
        var expiries: [Date] = []
    }

    let said = Mutex(Said())
    var calls: [String] { said.withLock { $0.calls } }

    static func problem(_ kind: ProviderError.Kind) -> ProviderError { ProviderError(party: "wechat", kind: kind, message: "so it is") }

    var desk: PaymentDesk {
        PaymentDesk(
            party: "wechat",
            open: { [self] _, expiry throws(ProviderError) in
                try said.withLock { said throws(ProviderError) in
                    said.calls.append("open")
                    said.expiries.append(expiry)
                    return try said.opening.get()
                }
            },
            standing: { [self] _ throws(ProviderError) in
                try said.withLock { said throws(ProviderError) in
                    said.calls.append("standing")
                    let next = said.standings[0]
                    if said.standings.count > 1 { said.standings.removeFirst() }
                    return try next.get()
                }
            },
            close: { [self] _ throws(ProviderError) in
                try said.withLock { said throws(ProviderError) in
                    said.calls.append("close")
                    if let problem = said.closing { throw problem }
                }
            },
            refund: { [self] refund throws(ProviderError) in
                try said.withLock { said throws(ProviderError) in
                    said.calls.append("refund")
                    let outcome = try said.refund.get()
                    // An empty name stands for one of its own.
                    return outcome == .settled(refundID: "") ? .settled(refundID: refund.refund.uuidString) : outcome
                }
            })
    }
}

/// An order and its messages.
struct PaymentStory {
    let start = Date(timeIntervalSince1970: 1_800_000_000)
    let merchant = UUID()
    let storefront = UUID()
    let terms: OrderTerms
    let placed: PlacedOrder

    init(method: PaymentMethod = .wechat, total: Int64 = 1000) throws {
        let order = UUID()
        let submitted = OrderSubmitted(
            order: order, storefront: storefront, key: order.uuidString, digest: Array(repeating: 1, count: 32), currency: .cny,
            method: method, locale: .chinese, buyer: Buyer(ref: "b", sealed: "s", phoneIndex: nil, region: nil),
            lines: [Line(merchant: merchant, sku: "A", quantity: 1, unitPrice: total)], freight: 0, discount: 0, total: total,
            submittedAt: start)
        placed = try PlacedOrder(submitted, commissions: [merchant: 500])
        terms = placed.terms
    }

    var order: UUID { terms.order }

    func message(_ input: PaymentsInput, at seconds: TimeInterval = 0, publishedAt: TimeInterval? = nil) -> Received<PaymentsInput> {
        Received(
            id: UUID(), type: "", order: order, publishedAt: start.addingTimeInterval(publishedAt ?? seconds),
            now: start.addingTimeInterval(seconds), input: input)
    }

    func notified(amount: Int64? = nil, currency: String = "CNY", state: PaymentReport = .success) -> PaymentsInput {
        .notified(
            PaymentNotified(
                provider: "wechat", outTradeNo: TradeNumber.of(order), order: order, transactionID: "42", amount: amount ?? terms.total,
                currency: currency, state: state, at: start))
    }

    var fact: PaymentFact { PaymentFact(transactionID: "42", amount: terms.total, currency: "CNY", at: start) }
    var refund: PaymentsInput {
        .refundRequested(RefundRequested(reference: terms.reference, amount: terms.total, currency: .cny, reason: .latePayment))
    }
    func cancelled(_ reason: CancelReason = .requested) -> PaymentsInput {
        .cancelled(OrderCancelled(reference: terms.reference, reason: reason, wasReserved: true))
    }
}

/// What became of one message.
struct Outcome {
    var word: String
    var causes: [Cause]
    var change: PaymentChange?
    var setback: Setback?

    var types: [String] { causes.map(\.type) }
}

extension Payments {
    static let windowForTests = Duration.seconds(1800)

    init(_ provider: FakeProvider) { self.init(desk: provider.desk, window: Self.windowForTests) }

    /// Ask and decide, as the engine does them, over a state in memory.
    func handle(_ message: Received<PaymentsInput>, _ state: inout PaymentsState) async throws -> Outcome {
        switch await ask([message])[0] {
        case .failure(let setback): return Outcome(word: "", causes: [], setback: setback)
        case .success(let answer):
            do {
                let decision = try decide(message, answer, &state)
                return Outcome(word: decision.outcome, causes: decision.causes, change: decision.effect?.value)
            } catch let setback as Setback {
                return Outcome(word: "", causes: [], setback: setback)
            }
        }
    }

    /// All five steps but the last, over a database.
    @discardableResult
    func handle(_ messages: [Received<PaymentsInput>], in database: Database) async throws -> [Outcome] {
        let answers = await ask(messages)
        return try await database.transaction { transaction in
            var state = try await load(messages, in: transaction)
            var outcomes: [Outcome] = []
            var effects: [Stamped<PaymentChange>] = []
            for (message, answer) in zip(messages, answers) {
                let decision = try decide(message, try answer.get(), &state)
                outcomes.append(Outcome(word: decision.outcome, causes: decision.causes, change: decision.effect?.value))
                if let effect = decision.effect { effects.append(effect) }
            }
            _ = try await transaction.commit(with: save(effects))
            return outcomes
        }
    }

    func handle(_ message: Received<PaymentsInput>, in database: Database) async throws -> Outcome {
        try await handle([message], in: database)[0]
    }
}
