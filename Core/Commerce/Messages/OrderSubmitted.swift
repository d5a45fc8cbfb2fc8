public import FoundationEssentials
public import JSON

/// A storefront's order, validated and sealed by the intake; nothing is stored yet.
public struct OrderSubmitted: Message, Equatable {
    public static let type = "order.submitted"

    /// The UUIDv5 of storefront and key; see ``OrderID``.
    public var order: UUID
    /// Whose order it is.
    public var storefront: UUID
    /// The idempotency key it was submitted with.
    public var key: String
    /// The SHA-256 of the submitted body, 32 bytes: the same key with another body is another order, and refused.
    public var digest: [UInt8]
    /// What all amounts are in.
    public var currency: Currency
    /// How it is paid.
    public var method: PaymentMethod
    /// The language the buyer is told in.
    public var locale: Language
    /// Who buys, sealed.
    public var buyer: Buyer
    /// 1 to 1,000.
    public var lines: [Line]
    /// Minor units, like all amounts here.
    public var freight: Int64
    /// Off the goods' price, for the whole order.
    public var discount: Int64
    /// What the buyer is to pay, as the storefront reckons it.
    public var total: Int64
    /// When the storefront submitted it.
    public var submittedAt: Date

    public init(
        order: UUID, storefront: UUID, key: String, digest: [UInt8], currency: Currency, method: PaymentMethod, locale: Language,
        buyer: Buyer, lines: [Line], freight: Int64, discount: Int64, total: Int64, submittedAt: Date
    ) {
        self.order = order
        self.storefront = storefront
        self.key = key
        self.digest = digest
        self.currency = currency
        self.method = method
        self.locale = locale
        self.buyer = buyer
        self.lines = lines
        self.freight = freight
        self.discount = discount
        self.total = total
        self.submittedAt = submittedAt
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        storefront = try json.uuid("storefront")
        key = try json.string("key", 1...200)
        guard let digest = Hexadecimal.bytes(try json.string("digest", 64...64)) else {
            throw JSONError(pointer: json.pointer(to: "digest"), problem: "64 hexadecimal digits were expected")
        }
        self.digest = digest
        currency = try json.choice("currency", as: Currency.self)
        method = try json.choice("method", as: PaymentMethod.self)
        locale = try json.choice("locale", as: Language.self)
        var buyer = try json.object("buyer")
        self.buyer = try Buyer(json: &buyer)
        lines = try json.array("lines", 1...1_000) { value throws(JSONError) in try Line(value) }
        freight = try json.integer("freight")
        discount = try json.integer("discount")
        total = try json.integer("total")
        submittedAt = try json.moment("submitted_at_ms")
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("storefront", storefront)
        json.member("key", key)
        json.member("digest", Hexadecimal.text(digest))
        json.member("currency", currency.rawValue)
        json.member("method", method.rawValue)
        json.member("locale", locale.rawValue)
        json.object("buyer") { buyer.write(to: &$0) }
        json.array("lines", of: lines) { json, element in json.object { element.write(to: &$0) } }
        json.member("freight", freight)
        json.member("discount", discount)
        json.member("total", total)
        json.member("submitted_at_ms", submittedAt)
    }
}
