public import FoundationEssentials
internal import JSON

/// What was agreed when an order was placed, and never changes: it travels with the order's messages, so that those who
/// reserve, take payment and settle need not look it up.
public struct OrderTerms: Sendable, Equatable {
    /// Which order, and whose.
    public var reference: OrderReference
    /// What all amounts are in.
    public var currency: Currency
    /// How it is paid.
    public var method: PaymentMethod
    /// What the buyer pays, in minor units: the shares' gross plus the freight.
    public var total: Int64
    /// What shipping costs, in minor units.
    public var freight: Int64
    /// The merchants' parts.
    public var shares: [Share]

    public init(
        reference: OrderReference, currency: Currency, method: PaymentMethod, total: Int64, freight: Int64, shares: [Share]
    ) {
        self.reference = reference
        self.currency = currency
        self.method = method
        self.total = total
        self.freight = freight
        self.shares = shares
    }

    /// The order's id.
    public var order: UUID { reference.order }

    init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        currency = try json.choice("currency", as: Currency.self)
        method = try json.choice("method", as: PaymentMethod.self)
        total = try json.integer("total", 0...Money.limit)
        freight = try json.integer("freight", 0...Money.limit)
        shares = try Share.read(from: &json)
    }

    func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("currency", currency.rawValue)
        json.member("method", method.rawValue)
        json.member("total", total)
        json.member("freight", freight)
        Share.write(shares, to: &json)
    }
}
