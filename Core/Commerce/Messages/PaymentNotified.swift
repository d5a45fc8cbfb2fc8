public import FoundationEssentials
public import JSON

/// A provider said, or was asked, how a payment stands; it is verified and not yet believed to fit the order.
public struct PaymentNotified: Message, Equatable {
    public static let type = "payment.notified"

    /// For instance `wechat`.
    public var provider: String
    /// Our name for the payment at the provider.
    public var outTradeNo: String
    /// The order's id.
    public var order: UUID
    /// The provider's own name for it.
    public var transactionID: String?
    /// What was paid, in minor units.
    public var amount: Int64
    /// As the provider says it.
    public var currency: String
    /// How it stands.
    public var state: PaymentReport
    /// When it happened, by the provider's clock.
    public var at: Date

    public init(
        provider: String, outTradeNo: String, order: UUID, transactionID: String? = nil, amount: Int64, currency: String,
        state: PaymentReport, at: Date
    ) {
        self.provider = provider
        self.outTradeNo = outTradeNo
        self.order = order
        self.transactionID = transactionID
        self.amount = amount
        self.currency = currency
        self.state = state
        self.at = at
    }

    public init(json: inout JSONObject) throws(JSONError) {
        provider = try json.string("provider", 1...64)
        outTradeNo = try json.string("out_trade_no", 1...64)
        order = try json.uuid("order")
        transactionID = try json.optionalString("transaction_id", 0...400)
        amount = try json.integer("amount", 0...Money.limit)
        currency = try json.string("currency", 1...8)
        state = try json.choice("state", as: PaymentReport.self)
        at = try json.moment("at_ms")
    }

    public func write(to json: inout JSONWriter) {
        json.member("provider", provider)
        json.member("out_trade_no", outTradeNo)
        json.member("order", order)
        json.member("transaction_id", ifPresent: transactionID)
        json.member("amount", amount)
        json.member("currency", currency)
        json.member("state", state.rawValue)
        json.member("at_ms", at)
    }
}
