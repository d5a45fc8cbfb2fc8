public import JSON

/// Everything was delivered and the buyer had time to object: the merchants' money becomes due.
public struct OrderCompleted: OrderMessage, Equatable {
    public static let type = "order.completed"

    /// Which order, and whose.
    public var reference: OrderReference
    /// What all amounts are in.
    public var currency: Currency
    /// The merchants' parts.
    public var shares: [Share]

    public init(reference: OrderReference, currency: Currency, shares: [Share]) {
        self.reference = reference
        self.currency = currency
        self.shares = shares
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        currency = try json.choice("currency", as: Currency.self)
        shares = try Share.read(from: &json)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("currency", currency.rawValue)
        Share.write(shares, to: &json)
    }
}
