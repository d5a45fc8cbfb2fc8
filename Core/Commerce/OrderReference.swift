public import FoundationEssentials
internal import JSON

/// Which order a message is about and whose it is: what everyone who tells about it needs to know.
public struct OrderReference: Sendable, Equatable {
    /// The order's id.
    public var order: UUID
    /// Whose order it is.
    public var storefront: UUID
    /// The number that people use.
    public var number: OrderNumber
    /// The language the buyer is told in.
    public var locale: Language
    /// The storefront's own name for the buyer.
    public var buyerRef: String

    public init(order: UUID, storefront: UUID, number: OrderNumber, locale: Language, buyerRef: String) {
        self.order = order
        self.storefront = storefront
        self.number = number
        self.locale = locale
        self.buyerRef = buyerRef
    }

    init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        storefront = try json.uuid("storefront")
        guard let number = OrderNumber(try json.string("number", 1...32)) else {
            throw JSONError(pointer: json.pointer(to: "number"), problem: "an order number was expected")
        }
        self.number = number
        locale = try json.choice("locale", as: Language.self)
        buyerRef = try json.string("buyer_ref", 0...200)
    }

    func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("storefront", storefront)
        json.member("number", number.text)
        json.member("locale", locale.rawValue)
        json.member("buyer_ref", buyerRef)
    }
}
