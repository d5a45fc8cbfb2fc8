/// An amount of money: whole minor units (fen, cents) of one currency.
///
/// `+` and `-` trap on overflow and on different currencies: those are bugs. What comes from outside goes through the
/// `checked` forms, which answer nil.
public struct Money: Sendable, Hashable, CustomStringConvertible {
    /// The most that one amount from outside may be, in minor units: so large that no honest order reaches it, so small
    /// that thousands of them sum without overflow.
    public static let limit: Int64 = 1_000_000_000_000_000

    /// Minor units; negative for what goes the other way.
    public let amount: Int64
    /// What all amounts are in.
    public let currency: Currency

    public init(_ amount: Int64, _ currency: Currency) {
        self.amount = amount
        self.currency = currency
    }

    public static func + (left: Money, right: Money) -> Money {
        precondition(left.currency == right.currency, "amounts of different currencies can't be added")
        return Money(left.amount + right.amount, left.currency)
    }

    public static func - (left: Money, right: Money) -> Money {
        precondition(left.currency == right.currency, "amounts of different currencies can't be subtracted")
        return Money(left.amount - right.amount, left.currency)
    }

    public static prefix func - (money: Money) -> Money { Money(-money.amount, money.currency) }

    /// The sum of amounts in minor units, or nil where it overflows.
    public static func checkedSum(_ amounts: some Sequence<Int64>) -> Int64? {
        var sum: Int64 = 0
        for amount in amounts {
            let (next, isOver) = sum.addingReportingOverflow(amount)
            if isOver { return nil }
            sum = next
        }
        return sum
    }

    /// So many times a price, or nil where it overflows.
    public static func checkedProduct(_ price: Int64, _ quantity: Int64) -> Int64? {
        let (product, isOver) = price.multipliedReportingOverflow(by: quantity)
        return isOver ? nil : product
    }

    /// The part of an amount that a rate in basis points (hundredths of a percent) makes, rounded half away from zero to
    /// the minor unit. What remains is `amount` less this, so the two always sum to it.
    public static func portion(of amount: Int64, basisPoints: Int64) -> Int64 {
        let (high, low) = amount.magnitude.multipliedFullWidth(by: UInt64(basisPoints))
        let (quotient, rest) = (10_000 as UInt64).dividingFullWidth((high, low))
        let rounded = Int64(quotient + (rest >= 5_000 ? 1 : 0))
        return amount < 0 ? -rounded : rounded
    }

    /// Splits an amount in proportion to weights, by largest remainder: every part is within one minor unit of its exact
    /// share, and they sum to the amount. Of equal remainders the earlier comes first. Where all weights are zero, all
    /// goes to the first.
    /// - Parameters:
    ///   - amount: not negative.
    ///   - weights: at least one; none negative; their sum at most ``limit``.
    public static func allocate(_ amount: Int64, over weights: [Int64]) -> [Int64] {
        precondition(amount >= 0 && !weights.isEmpty, "there must be something to split and someone to get it")
        if weights.count == 1 { return [amount] }
        let sum = weights.reduce(UInt64(0)) { sum, weight in
            precondition(weight >= 0, "a weight can't be negative")
            return sum + UInt64(weight)
        }
        var parts = [Int64](repeating: 0, count: weights.count)
        guard sum > 0 else {
            parts[0] = amount
            return parts
        }
        var remainders: [(rest: UInt64, index: Int)] = []
        remainders.reserveCapacity(weights.count)
        var left = amount
        for (index, weight) in weights.enumerated() {
            let product = UInt64(amount).multipliedFullWidth(by: UInt64(weight))
            let (quotient, rest) = sum.dividingFullWidth(product)
            parts[index] = Int64(quotient)
            left -= Int64(quotient)
            remainders.append((rest, index))
        }
        remainders.sort { ($1.rest, $0.index) < ($0.rest, $1.index) }
        for (_, index) in remainders.prefix(Int(left)) { parts[index] += 1 }
        return parts
    }

    /// For people: `12.30 CNY`.
    public var description: String {
        let sign = amount < 0 ? "-" : ""
        guard currency.decimals > 0 else { return "\(sign)\(amount.magnitude) \(currency.rawValue)" }
        let minor = String(amount.magnitude % 100)
        return "\(sign)\(amount.magnitude / 100).\(minor.utf8.count == 1 ? "0" : "")\(minor) \(currency.rawValue)"
    }
}
