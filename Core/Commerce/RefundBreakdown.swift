public import FoundationEssentials
internal import JSON

/// Whose money goes back when part of an order is cancelled: the price of what isn't shipped, and the freight where nothing is.
///
/// Freight pays for shipping, so it goes back with the last part when nothing of the order was ever shipped, and never else.
public struct RefundBreakdown: Sendable, Equatable {
    /// What goes back of one merchant's part.
    public struct Part: Sendable, Equatable {
        /// The merchant's id.
        public var merchant: UUID
        /// Of the price less the discount, in minor units.
        public var gross: Int64
        /// The commission that is given up with it, in minor units; at most `gross`.
        public var commission: Int64

        public init(merchant: UUID, gross: Int64, commission: Int64) {
            self.merchant = merchant
            self.gross = gross
            self.commission = commission
        }
    }

    /// The merchants' parts.
    public var parts: [Part]
    /// What goes back of the freight, in minor units.
    public var freight: Int64

    public init(parts: [Part], freight: Int64) {
        self.parts = parts
        self.freight = freight
    }

    /// All of it, in minor units.
    public var amount: Int64 { parts.reduce(freight) { $0 + $1.gross } }

    init(json: inout JSONObject) throws(JSONError) {
        parts = try json.array("parts", 0...1_000) { value throws(JSONError) in
            var json = try JSONObject(value)
            return Part(
                merchant: try json.uuid("merchant"), gross: try json.integer("gross", 0...Money.limit),
                commission: try json.integer("commission", 0...Money.limit))
        }
        freight = try json.integer("freight", 0...Money.limit)
    }

    func write(to json: inout JSONWriter) {
        json.array("parts", of: parts) { json, part in
            json.object { json in
                json.member("merchant", part.merchant)
                json.member("gross", part.gross)
                json.member("commission", part.commission)
            }
        }
        json.member("freight", freight)
    }
}
