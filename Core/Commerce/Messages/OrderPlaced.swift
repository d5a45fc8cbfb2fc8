public import JSON

/// An order is stored, has its number, and is split among its merchants.
public struct OrderPlaced: OrderMessage, Equatable {
    public static let type = "order.placed"

    /// What was agreed at placement.
    public var terms: OrderTerms
    /// What is to be reserved.
    public var lines: [Pieces]
    /// What to do where stock doesn't suffice.
    public var policy: StockPolicy

    public var reference: OrderReference { terms.reference }

    public init(terms: OrderTerms, lines: [Pieces], policy: StockPolicy) {
        self.terms = terms
        self.lines = lines
        self.policy = policy
    }

    public init(json: inout JSONObject) throws(JSONError) {
        terms = try OrderTerms(json: &json)
        lines = try json.array("lines", 1...1_000) { value throws(JSONError) in try Pieces(value) }
        policy = try json.choice("policy", as: StockPolicy.self)
    }

    public func write(to json: inout JSONWriter) {
        terms.write(to: &json)
        json.array("lines", of: lines) { json, element in json.object { element.write(to: &$0) } }
        json.member("policy", policy.rawValue)
    }
}
