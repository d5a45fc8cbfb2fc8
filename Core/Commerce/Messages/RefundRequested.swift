public import FoundationEssentials
public import JSON

/// A payment is to be given back, whole or in part.
public struct RefundRequested: OrderMessage, Equatable {
    public static let type = "refund.requested"

    /// Which order, and whose.
    public var reference: OrderReference
    /// The refund's id: the provider is asked with it, so that asking twice pays once.
    public var refund: UUID
    /// Minor units.
    public var amount: Int64
    /// What the whole payment was, in minor units.
    public var paid: Int64
    /// What all amounts are in.
    public var currency: Currency
    /// How it was paid.
    public var method: PaymentMethod
    /// Why.
    public var reason: RefundReason
    /// Whose money it is; nil where it came in for an order that no longer was.
    public var breakdown: RefundBreakdown?

    /// - Parameters:
    ///   - refund: nil for the one that an order gets for the reason.
    ///   - paid: nil where all goes back.
    public init(
        reference: OrderReference, refund: UUID? = nil, amount: Int64, paid: Int64? = nil, currency: Currency,
        method: PaymentMethod = .wechat, reason: RefundReason, breakdown: RefundBreakdown? = nil
    ) {
        self.reference = reference
        self.refund = refund ?? OrderID.refund(order: reference.order, reason: reason)
        self.amount = amount
        self.paid = paid ?? amount
        self.currency = currency
        self.method = method
        self.reason = reason
        self.breakdown = breakdown
    }

    public init(json: inout JSONObject) throws(JSONError) {
        let reference = try OrderReference(json: &json)
        let amount = try json.integer("amount", 0...Money.limit)
        let currency = try json.choice("currency", as: Currency.self)
        let reason = try json.choice("reason", as: RefundReason.self)
        var breakdown = try json.optionalObject("breakdown")
        self.init(
            reference: reference, refund: try json.optionalUUID("refund"), amount: amount,
            paid: try json.optionalInteger("paid", 0...Money.limit), currency: currency,
            method: try json.optionalString("paid_by") == nil ? .wechat : json.choice("paid_by", as: PaymentMethod.self), reason: reason,
            breakdown: try breakdown?.breakdown())
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("refund", refund)
        json.member("amount", amount)
        json.member("paid", paid)
        json.member("currency", currency.rawValue)
        json.member("paid_by", method.rawValue)
        json.member("reason", reason.rawValue)
        if let breakdown { json.object("breakdown") { breakdown.write(to: &$0) } }
    }
}

extension JSONObject {
    /// Reads it as a breakdown.
    mutating func breakdown() throws(JSONError) -> RefundBreakdown { try RefundBreakdown(json: &self) }
}
