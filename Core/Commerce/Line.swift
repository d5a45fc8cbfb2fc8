public import FoundationEssentials
internal import JSON

/// A line of an order as it was submitted.
public struct Line: Sendable, Equatable {
    /// Who sells and ships it.
    public var merchant: UUID
    /// What is sold; one name across all merchants and warehouses.
    public var sku: String
    /// How many pieces.
    public var quantity: Int64
    /// What one piece costs, in minor units of the order's currency.
    public var unitPrice: Int64
    /// What the buyer knows it by.
    public var title: String?

    public init(merchant: UUID, sku: String, quantity: Int64, unitPrice: Int64, title: String? = nil) {
        self.merchant = merchant
        self.sku = sku
        self.quantity = quantity
        self.unitPrice = unitPrice
        self.title = title
    }

    init(_ value: JSON) throws(JSONError) {
        var json = try JSONObject(value)
        merchant = try json.uuid("merchant")
        sku = try json.string("sku", 1...64)
        quantity = try json.integer("quantity")
        unitPrice = try json.integer("unit_price")
        title = try json.optionalString("title", 0...400)
    }

    func write(to json: inout JSONWriter) {
        json.member("merchant", merchant)
        json.member("sku", sku)
        json.member("quantity", quantity)
        json.member("unit_price", unitPrice)
        json.member("title", ifPresent: title)
    }
}
