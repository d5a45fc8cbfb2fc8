public import JSON

/// The provider gave a payment back.
public struct RefundSettled: OrderMessage, Equatable {
    public static let type = "refund.settled"

    /// Which order, and whose.
    public var reference: OrderReference
    /// Minor units.
    public var amount: Int64
    /// What all amounts are in.
    public var currency: Currency
    /// The provider's name for it.
    public var refundID: String

    public init(reference: OrderReference, amount: Int64, currency: Currency, refundID: String) {
        self.reference = reference
        self.amount = amount
        self.currency = currency
        self.refundID = refundID
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        amount = try json.integer("amount", 0...Money.limit)
        currency = try json.choice("currency", as: Currency.self)
        refundID = try json.string("refund_id", 1...64)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("amount", amount)
        json.member("currency", currency.rawValue)
        json.member("refund_id", refundID)
    }
}
