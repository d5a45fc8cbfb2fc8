/// A line of a fulfillment order, and what became of its pieces: ordered = cancelled + shipped + open.
public struct FulfillmentLine: Sendable, Equatable {
    /// The line's number in the order, from 1.
    public let n: Int64
    /// What it is.
    public let sku: String
    /// How many pieces were ordered.
    public let quantity: Int64
    /// What one piece costs before the discount, in minor units.
    public let unitPrice: Int64
    /// How many will never be shipped.
    public var cancelled: Int64
    /// How many have left.
    public var shipped: Int64

    public init(n: Int64, sku: String, quantity: Int64, unitPrice: Int64, cancelled: Int64 = 0, shipped: Int64 = 0) {
        self.n = n
        self.sku = sku
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.cancelled = cancelled
        self.shipped = shipped
    }

    /// How many are still to be shipped.
    public var open: Int64 { quantity - cancelled - shipped }

    /// As the merchant is told of it: what is to be shipped.
    public var pieces: Pieces { Pieces(n: n, sku: sku, quantity: quantity) }
}

extension FulfillmentLine {
    /// What of a merchant's part its cancelled pieces are worth, in minor units.
    ///
    /// Each line has its share of the part's price by its own, by largest remainder; of that, its cancelled pieces have theirs,
    /// rounded down. So however the pieces are cancelled, one by one or at once, it comes to the same, and to all in the end.
    public static func worth(ofCancelled lines: [FulfillmentLine], of gross: Int64) -> Int64 {
        guard !lines.isEmpty else { return 0 }
        if lines.allSatisfy({ $0.cancelled == $0.quantity }) { return gross }
        let parts = Money.allocate(gross, over: lines.map { $0.unitPrice * $0.quantity })
        return zip(lines, parts).reduce(0) { sum, entry in
            let (line, part) = entry
            guard line.quantity > 0 else { return sum }
            let (high, low) = UInt64(part).multipliedFullWidth(by: UInt64(line.cancelled))
            return sum + Int64(UInt64(line.quantity).dividingFullWidth((high, low)).quotient)
        }
    }
}
