public import JSON

/// Every line of an order is held.
public struct StockReserved: OrderMessage, Equatable {
    public static let type = "stock.reserved"

    /// What was agreed at placement.
    public var terms: OrderTerms

    public var reference: OrderReference { terms.reference }

    public init(terms: OrderTerms) {
        self.terms = terms
    }

    public init(json: inout JSONObject) throws(JSONError) {
        terms = try OrderTerms(json: &json)
    }

    public func write(to json: inout JSONWriter) {
        terms.write(to: &json)
    }
}
