public import JSON

/// A payment is to be given back.
public struct RefundRequested: OrderMessage, Equatable {
    public static let type = "refund.requested"

    /// Which order, and whose.
    public var reference: OrderReference
    /// Minor units.
    public var amount: Int64
    /// What all amounts are in.
    public var currency: Currency
    /// Why.
    public var reason: RefundReason

    public init(reference: OrderReference, amount: Int64, currency: Currency, reason: RefundReason) {
        self.reference = reference
        self.amount = amount
        self.currency = currency
        self.reason = reason
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        amount = try json.integer("amount", 0...Money.limit)
        currency = try json.choice("currency", as: Currency.self)
        reason = try json.choice("reason", as: RefundReason.self)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("amount", amount)
        json.member("currency", currency.rawValue)
        json.member("reason", reason.rawValue)
    }
}
