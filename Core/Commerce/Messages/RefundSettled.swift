public import FoundationEssentials
public import JSON

/// A payment was given back, whole or in part: by the provider, or, where it was paid at the storefront, by the storefront.
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

    /// Our id for it; nil where an older writer did not say.
    public var refund: UUID?
    /// Whose money it is; nil where it came in for an order that no longer was.
    public var breakdown: RefundBreakdown?

    public init(
        reference: OrderReference, amount: Int64, currency: Currency, refundID: String, refund: UUID? = nil,
        breakdown: RefundBreakdown? = nil
    ) {
        self.reference = reference
        self.amount = amount
        self.currency = currency
        self.refundID = refundID
        self.refund = refund
        self.breakdown = breakdown
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        amount = try json.integer("amount", 0...Money.limit)
        currency = try json.choice("currency", as: Currency.self)
        refundID = try json.string("refund_id", 1...64)
        refund = try json.optionalUUID("refund")
        var object = try json.optionalObject("breakdown")
        breakdown = try object?.breakdown()
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("amount", amount)
        json.member("currency", currency.rawValue)
        json.member("refund_id", refundID)
        if let refund { json.member("refund", refund) }
        if let breakdown { json.object("breakdown") { breakdown.write(to: &$0) } }
    }
}
