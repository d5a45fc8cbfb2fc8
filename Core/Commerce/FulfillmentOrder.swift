public import FoundationEssentials

/// One merchant's part of an order: what it ships, what it costs, and what the sale costs the merchant.
public struct FulfillmentOrder: Sendable, Equatable {
    /// A line with its number in the order, from 1.
    public struct Line: Sendable, Equatable {
        /// The line's number in the order, from 1.
        public let n: Int64
        /// The line.
        public let line: Commerce.Line

        public init(n: Int64, line: Commerce.Line) {
            self.n = n
            self.line = line
        }
    }

    /// Its id.
    public let id: UUID
    /// The merchant's id.
    public let merchant: UUID
    /// The goods' price less their part of the discount, in minor units.
    public internal(set) var gross: Int64
    /// Frozen when the order is placed, in basis points of `gross`.
    public let commissionBP: Int64
    /// The lines that it ships.
    public internal(set) var lines: [Line]

    public init(id: UUID, merchant: UUID, gross: Int64, commissionBP: Int64, lines: [Line]) {
        self.id = id
        self.merchant = merchant
        self.gross = gross
        self.commissionBP = commissionBP
        self.lines = lines
    }
}
