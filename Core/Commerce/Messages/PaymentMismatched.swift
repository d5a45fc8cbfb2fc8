public import JSON

/// A payment came in that doesn't fit its order; people must look at it.
public struct PaymentMismatched: OrderMessage, Equatable {
    public static let type = "payment.mismatched"

    /// Which order, and whose.
    public var reference: OrderReference
    /// Minor units.
    public var expected: Int64
    /// Minor units.
    public var got: Int64
    /// What the payment was in.
    public var currency: String

    public init(reference: OrderReference, expected: Int64, got: Int64, currency: String) {
        self.reference = reference
        self.expected = expected
        self.got = got
        self.currency = currency
    }

    public init(json: inout JSONObject) throws(JSONError) {
        reference = try OrderReference(json: &json)
        expected = try json.integer("expected", 0...Money.limit)
        got = try json.integer("got")
        currency = try json.string("currency", 1...8)
    }

    public func write(to json: inout JSONWriter) {
        reference.write(to: &json)
        json.member("expected", expected)
        json.member("got", got)
        json.member("currency", currency)
    }
}
