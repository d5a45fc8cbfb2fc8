public import JSON

/// So many pieces of a line of an order.
public struct Portion: Sendable, Equatable {
    /// The line's number in its order, from 1.
    public var line: Int64
    /// How many pieces.
    public var quantity: Int64

    public init(line: Int64, quantity: Int64) {
        self.line = line
        self.quantity = quantity
    }

    /// Reads an object with `line` and `quantity` and nothing else.
    public init(_ value: JSON) throws(JSONError) {
        var json = try JSONObject(value)
        line = try json.integer("line", 1...10_000)
        quantity = try json.integer("quantity", 1...1_000_000_000)
        try json.done()
    }

    /// Writes its members into an object that is open.
    public func write(to json: inout JSONWriter) {
        json.member("line", line)
        json.member("quantity", quantity)
    }
}
