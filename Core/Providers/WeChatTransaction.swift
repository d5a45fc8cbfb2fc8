public import FoundationEssentials
public import JSON

/// How a payment stands with WeChat Pay.
public enum WeChatTradeState: String, Sendable, CaseIterable {
    case success = "SUCCESS"
    /// Paid, and since then refunded at least in part.
    case refund = "REFUND"
    case notPaid = "NOTPAY"
    case closed = "CLOSED"
    case revoked = "REVOKED"
    case userPaying = "USERPAYING"
    case payError = "PAYERROR"
    case accepted = "ACCEPT"

    /// Whether the buyer's money came, whatever became of it later.
    public var isPaid: Bool { self == .success || self == .refund }
    /// Whether it has ended without money.
    public var isDead: Bool { self == .closed || self == .revoked || self == .payError }
}

/// A payment as WeChat Pay reports it, in answer to a query or in a notification.
public struct WeChatTransaction: Sendable, Equatable {
    public var merchantID: String
    public var appID: String?
    public var outTradeNo: String
    /// WeChat Pay's own number; only once paid.
    public var transactionID: String?
    public var state: WeChatTradeState
    /// What the order asked for, in minor units; only once paid.
    public var total: Int64?
    public var currency: String?
    public var paidAt: Date?

    public init(
        merchantID: String, appID: String? = nil, outTradeNo: String, transactionID: String? = nil, state: WeChatTradeState,
        total: Int64? = nil, currency: String? = nil, paidAt: Date? = nil
    ) {
        self.merchantID = merchantID
        self.appID = appID
        self.outTradeNo = outTradeNo
        self.transactionID = transactionID
        self.state = state
        self.total = total
        self.currency = currency
        self.paidAt = paidAt
    }

    /// Reads the object of an answer or of an opened notification; members not named here may be there.
    public init(json: inout JSONObject) throws(JSONError) {
        merchantID = try json.string("mchid", 1...32)
        appID = try json.optionalString("appid", 1...32)
        outTradeNo = try json.string("out_trade_no", 1...32)
        transactionID = try json.optionalString("transaction_id", 1...32)
        state = try json.choice("trade_state", as: WeChatTradeState.self)
        if var amount = try json.optionalObject("amount") {
            total = try amount.optionalInteger("total", 0 ... .max)
            currency = try amount.optionalString("currency", 3...16)
        }
        if let text = try json.optionalString("success_time"), !text.isEmpty {
            guard let date = RFC3339.date(text) else {
                throw JSONError(pointer: json.pointer(to: "success_time"), problem: "a time as in RFC 3339 was expected")
            }
            paidAt = date
        }
    }
}
