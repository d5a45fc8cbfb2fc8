public import FoundationEssentials

// What the events of an order do to the accounts.

extension Posting {
    /// Money came in: the provider holds it for us; each merchant's part, less the commission that was frozen when the order
    /// was placed, is pending; commission and freight are earned.
    /// - Throws: a ``LedgerError`` where shares and freight don't sum to the total, or nothing was paid.
    public static func paid(_ terms: OrderTerms) throws(LedgerError) -> Posting {
        var entries = [Entry(.clearing(terms.method), terms.total)]
        entries.reserveCapacity(terms.shares.count + 3)
        var commission: Int64 = 0
        for share in terms.shares {
            let fee = share.commission
            commission += fee
            entries.append(Entry(.pending(share.merchant), fee - share.gross))
        }
        entries.append(Entry(.commission, -commission))
        entries.append(Entry(.freight, -terms.freight))
        return try Posting(.paid, order: terms.order, currency: terms.currency, entries: entries)
    }

    /// The order is complete: what was pending is due.
    /// - Throws: ``LedgerError/empty`` where no merchant gets anything.
    public static func completed(order: UUID, currency: Currency, shares: [Share]) throws(LedgerError) -> Posting {
        var entries: [Entry] = []
        entries.reserveCapacity(shares.count * 2)
        for share in shares {
            let net = share.gross - share.commission
            entries.append(Entry(.pending(share.merchant), net))
            entries.append(Entry(.payable(share.merchant), -net))
        }
        return try Posting(.completed, order: order, currency: currency, entries: entries)
    }

    /// Money went back to the buyer.
    /// - Parameters:
    ///   - refund: the provider's name for it.
    ///   - earlier: what was posted for the order before. Where its payment was, every account gives back its part of what is
    ///     left, by largest remainder; where it was not, the money came too late and only passed through.
    ///   - amount: minor units, more than zero.
    /// - Throws: a ``LedgerError``; ``LedgerError/exceeds(refund:left:)`` where more would go back than is left.
    public static func refunded(
        order: UUID, refund: String, amount: Int64, currency: Currency, method: PaymentMethod, earlier: [Posting]
    ) throws(LedgerError) -> Posting {
        var balances: [(account: Account, amount: Int64)] = []
        for entry in earlier.lazy.flatMap(\.entries) {
            if let index = balances.firstIndex(where: { $0.account == entry.account }) {
                balances[index].amount += entry.amount
            } else {
                balances.append((entry.account, entry.amount))
            }
        }
        guard earlier.contains(where: { $0.kind == .paid }) else {
            let entries = [
                Entry(.clearing(method), amount), Entry(.unclaimed, -amount), Entry(.unclaimed, amount), Entry(.clearing(method), -amount),
            ]
            return try Posting(.refunded, order: order, reference: refund, currency: currency, entries: entries)
        }
        let credits = balances.filter { $0.amount < 0 }
        let left = credits.reduce(0) { $0 - $1.amount }
        guard amount > 0, amount <= left else { throw LedgerError.exceeds(refund: amount, left: left) }
        let parts = Money.allocate(amount, over: credits.map { -$0.amount })
        var entries = zip(credits, parts).map { Entry($0.account, $1) }
        entries.append(Entry(.clearing(method), -amount))
        return try Posting(.refunded, order: order, reference: refund, currency: currency, entries: entries)
    }
}

extension Posting {
    /// What was paid for something that was cancelled went back to the buyer: exactly those give it back who would have had it.
    /// - Parameters:
    ///   - refund: the provider's name for it.
    ///   - earlier: what was posted for the order before.
    /// - Throws: a ``LedgerError``; ``LedgerError/exceeds(refund:left:)`` where more would go back than is left.
    public static func returned(
        order: UUID, refund: String, breakdown: RefundBreakdown, currency: Currency, method: PaymentMethod, earlier: [Posting]
    ) throws(LedgerError) -> Posting {
        if earlier.contains(where: { $0.kind == .paid }) {
            let left = earlier.lazy.flatMap(\.entries).filter { $0.account == .clearing(method) }.reduce(0) { $0 + $1.amount }
            guard breakdown.amount <= left else { throw LedgerError.exceeds(refund: breakdown.amount, left: left) }
        }
        var entries: [Entry] = []
        var commission: Int64 = 0
        for part in breakdown.parts {
            commission += part.commission
            entries.append(Entry(.pending(part.merchant), part.gross - part.commission))
        }
        entries.append(Entry(.commission, commission))
        entries.append(Entry(.freight, breakdown.freight))
        entries.append(Entry(.clearing(method), -breakdown.amount))
        return try Posting(.refunded, order: order, reference: refund, currency: currency, entries: entries)
    }
}

extension Share {
    /// What the merchant pays for the sale, in minor units: its rate of `gross`, rounded half up.
    public var commission: Int64 { Money.portion(of: gross, basisPoints: commissionBP) }
}
