internal import JSON

/// So many pieces of a SKU, as one line of an order asks for them.
public struct Pieces: Sendable, Equatable {
    /// The line's number in its order, from 1.
    public var n: Int64
    /// What it is.
    public var sku: String
    /// How many pieces.
    public var quantity: Int64

    public init(n: Int64, sku: String, quantity: Int64) {
        self.n = n
        self.sku = sku
        self.quantity = quantity
    }

    init(_ value: JSON) throws(JSONError) {
        var json = try JSONObject(value)
        n = try json.integer("n", 1...10_000)
        sku = try json.string("sku", 1...64)
        quantity = try json.integer("quantity", 1...1_000_000_000)
    }

    func write(to json: inout JSONWriter) {
        json.member("n", n)
        json.member("sku", sku)
        json.member("quantity", quantity)
    }
}
