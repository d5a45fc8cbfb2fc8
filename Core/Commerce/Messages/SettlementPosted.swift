public import FoundationEssentials
public import JSON

/// The ledger has taken an event of an order in.
public struct SettlementPosted: Message, Equatable {
    public static let type = "settlement.posted"

    /// The order's id.
    public var order: UUID
    /// What was posted.
    public var kind: PostingKind
    /// Minor units on each side.
    public var amount: Int64
    /// What all amounts are in.
    public var currency: Currency

    public init(order: UUID, kind: PostingKind, amount: Int64, currency: Currency) {
        self.order = order
        self.kind = kind
        self.amount = amount
        self.currency = currency
    }

    public init(json: inout JSONObject) throws(JSONError) {
        order = try json.uuid("order")
        kind = try json.choice("kind", as: PostingKind.self)
        amount = try json.integer("amount", 0...Money.limit)
        currency = try json.choice("currency", as: Currency.self)
    }

    public func write(to json: inout JSONWriter) {
        json.member("order", order)
        json.member("kind", kind.rawValue)
        json.member("amount", amount)
        json.member("currency", currency.rawValue)
    }
}
