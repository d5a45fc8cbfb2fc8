public import FoundationEssentials
public import JSON

/// The whole amount of an order has come in.
public struct OrderPaid: OrderMessage, Equatable {
    public static let type = "order.paid"

    /// What was agreed at placement.
    public var terms: OrderTerms
    /// The provider's name for the payment; nil where it was paid at the storefront.
    public var transactionID: String?
    /// When the money came in.
    public var paidAt: Date

    public var reference: OrderReference { terms.reference }

    public init(terms: OrderTerms, transactionID: String? = nil, paidAt: Date) {
        self.terms = terms
        self.transactionID = transactionID
        self.paidAt = paidAt
    }

    public init(json: inout JSONObject) throws(JSONError) {
        terms = try OrderTerms(json: &json)
        transactionID = try json.optionalString("transaction_id", 0...400)
        paidAt = try json.moment("paid_at_ms")
    }

    public func write(to json: inout JSONWriter) {
        terms.write(to: &json)
        json.member("transaction_id", ifPresent: transactionID)
        json.member("paid_at_ms", paidAt)
    }
}
