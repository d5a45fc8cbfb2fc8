import FoundationEssentials
import JSON

/// Every trade and refund, and what may become of them. Pure: it neither calls nor waits.
struct TradeBook: Sendable {
    private var trades: Memory<Trade>
    private var refunds: Memory<String>
    private var charges: Memory<Int>
    /// Trades whose first prepay was answered with an error.
    private var refusedOnce: Memory<Bool>

    /// Sums over everything, also what is forgotten.
    struct Totals: Sendable {
        var opened = 0
        var charged = 0
        var chargedAmount: Int64 = 0
        var closed = 0
        var refunded = 0
        var refundedAmount: Int64 = 0
        /// Orders that were charged more than once without a refund in between.
        var doubles = 0
    }
    private(set) var totals = Totals()

    init(limit: Int) {
        trades = Memory(limit: limit)
        refunds = Memory(limit: limit)
        charges = Memory(limit: limit)
        refusedOnce = Memory(limit: limit)
    }

    var remembered: Int { trades.count }
    var forgotten: Int { trades.forgotten }
    var all: [Trade] { Array(trades.all) }

    subscript(_ number: String) -> Trade? { trades[number] }

    func refund(_ number: String) -> (Trade, Trade.Refund)? {
        guard let trade = refunds[number].flatMap({ trades[$0] }), let refund = trade.refunds.first(where: { $0.number == number })
        else { return nil }
        return (trade, refund)
    }

    // MARK: - Opening and closing

    enum Opening: Sendable { case opened, repeated, different, closed, outOfOrder }

    mutating func open(_ trade: Trade) -> Opening {
        if let known = trades[trade.number] {
            guard known.parameters == trade.parameters else { return .different }
            return known.state == .closed ? .closed : .repeated
        }
        if trade.behaviour == .paysAfterAFirstError, refusedOnce[trade.number] == nil {
            refusedOnce.insert(trade.number, true)
            return .outOfOrder
        }
        trades.insert(trade.number, trade)
        totals.opened += 1
        return .opened
    }

    enum Closing: Sendable { case closed, alreadyClosed, paid, unknown }

    mutating func close(_ number: String) -> Closing {
        let closing: Closing =
            trades.update(number) { trade in
                switch trade.state {
                case .unpaid, .failed:
                    trade.state = .closed
                    return .closed
                case .closed: return .alreadyClosed
                case .paid, .refunded: return .paid
                }
            } ?? .unknown
        if case .closed = closing { totals.closed += 1 }
        return closing
    }

    // MARK: - Money

    enum Paying: Sendable { case charged, failed, nothing }

    /// The buyer pays, if there is anything to pay.
    mutating func pay(_ number: String, at now: Date) -> Paying {
        let paying: Paying? = trades.update(number) { trade in
            guard trade.state == .unpaid || (trade.state == .closed && trade.behaviour == .paysLate) else { return .nothing }
            guard trade.behaviour != .declines else {
                trade.state = .failed
                return .failed
            }
            trade.state = .paid
            trade.paidAt = now
            trade.charges += 1
            return .charged
        }
        if case .charged = paying, let trade = trades[number] {
            totals.charged += 1
            totals.chargedAmount += trade.total
            count(trade.order, by: 1)
        }
        return paying ?? .nothing
    }

    private mutating func count(_ order: String, by difference: Int) {
        let count = (charges[order] ?? 0) + difference
        charges.insert(order, count)
        if difference > 0, count > 1 { totals.doubles += 1 }
    }

    enum Refunding: Sendable {
        case accepted(Trade, Trade.Refund, isNew: Bool)
        case unknown, unpaid, different, tooMuch, tooMany
    }

    /// - Parameter total: the trade's amount as the caller has it.
    mutating func refund(_ refund: Trade.Refund, total: Int64) -> Refunding {
        if let (trade, known) = self.refund(refund.number) {
            guard known.amount == refund.amount, trade.number == refund.trade, trade.total == total else { return .different }
            return .accepted(trade, known, isNew: false)
        }
        guard let trade = trades[refund.trade] else { return .unknown }
        guard trade.state == .paid || trade.state == .refunded else { return .unpaid }
        guard trade.total == total else { return .different }
        guard trade.refunded + refund.amount <= trade.total else { return .tooMuch }
        guard trade.refunds.count < 50 else { return .tooMany }
        _ = trades.update(refund.trade) { trade in
            trade.refunds.append(refund)
            trade.state = .refunded
        }
        refunds.insert(refund.number, refund.trade)
        totals.refunded += 1
        totals.refundedAmount += refund.amount
        if trade.refunded + refund.amount == trade.total { count(trade.order, by: -1) }
        return .accepted(trades[refund.trade] ?? trade, refund, isNew: true)
    }

    /// The money of a refund has arrived.
    mutating func settle(_ number: String, at now: Date) {
        change(number) { if $0.succeededAt == nil { $0.succeededAt = now } }
    }

    // MARK: - Notifications

    mutating func told(_ number: String) {
        _ = trades.update(number) { $0.isTold = true }
    }

    mutating func toldRefund(_ number: String) {
        change(number) { $0.isTold = true }
    }

    private mutating func change(_ number: String, _ change: (inout Trade.Refund) -> Void) {
        guard let owner = refunds[number] else { return }
        _ = trades.update(owner) { trade in
            guard let index = trade.refunds.firstIndex(where: { $0.number == number }) else { return }
            change(&trade.refunds[index])
        }
    }

    /// A trade number by its transaction number, which is derived from it: only a full search finds it.
    func number(ofTransaction transaction: String) -> String? {
        trades.all.first { $0.transactionID == transaction }?.number
    }
}
