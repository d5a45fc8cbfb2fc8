public import JSON

/// Stock doesn't suffice for an order, and nothing is held for it.
public struct StockShort: OrderMessage, Equatable {
    public static let type = "stock.short"

    /// Which order, and whose.
    public var reference: OrderReference
    /// What was missing.
    public var skus: [String]

    public init(reference: OrderReference, skus: [String]) {
        self.reference = reference
        self.skus = skus
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        skus = try json.array("skus", 0...1_000) { value throws(JSONError) in
            guard case .string(let text) = value else { throw JSONError(pointer: "", problem: "a string was expected") }
            return text
        }
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.array("skus", of: skus) { json, text in json.value(text) }
    }
}
