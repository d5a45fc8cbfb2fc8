public import JSON

/// How a refund stands with WeChat Pay. An accepted one is `processing`: success is known only later.
public enum WeChatRefundState: String, Sendable, CaseIterable {
    case processing = "PROCESSING"
    case success = "SUCCESS"
    case closed = "CLOSED"
    /// The buyer's card is not valid any more: to be settled by hand on the merchant platform.
    case abnormal = "ABNORMAL"
}

/// A refund as WeChat Pay reports it.
public struct WeChatRefund: Sendable, Equatable {
    /// WeChat Pay's own number.
    public var refundID: String
    /// Our number, by which a repeated request is recognised.
    public var outRefundNo: String
    public var outTradeNo: String
    public var transactionID: String?
    public var state: WeChatRefundState
    /// What was refunded and what the order was, in minor units.
    public var refund: Int64
    public var total: Int64

    public init(
        refundID: String, outRefundNo: String, outTradeNo: String, transactionID: String? = nil, state: WeChatRefundState, refund: Int64,
        total: Int64
    ) {
        self.refundID = refundID
        self.outRefundNo = outRefundNo
        self.outTradeNo = outTradeNo
        self.transactionID = transactionID
        self.state = state
        self.refund = refund
        self.total = total
    }

    /// - Parameter stateName: `status` in an answer, `refund_status` in a notification.
    public init(json: inout JSONObject, stateName: String = "status") throws(JSONError) {
        refundID = try json.string("refund_id", 1...64)
        outRefundNo = try json.string("out_refund_no", 1...64)
        outTradeNo = try json.string("out_trade_no", 1...32)
        transactionID = try json.optionalString("transaction_id", 1...32)
        state = try json.choice(stateName, as: WeChatRefundState.self)
        var amount = try json.object("amount")
        refund = try amount.integer("refund", 0 ... .max)
        total = try amount.integer("total", 0 ... .max)
    }
}

/// What to refund.
public struct WeChatRefundRequest: Sendable, Equatable {
    public var outTradeNo: String
    /// At most 64 of `[0-9A-Za-z_\-|*@]`; the same number refunds once, however often it is asked for.
    public var outRefundNo: String
    /// What to refund and what the order was, in minor units.
    public var refund: Int64
    public var total: Int64
    public var currency: String
    /// Shown to the buyer, at most 80 bytes.
    public var reason: String?

    public init(outTradeNo: String, outRefundNo: String, refund: Int64, total: Int64, currency: String = "CNY", reason: String? = nil) {
        self.outTradeNo = outTradeNo
        self.outRefundNo = outRefundNo
        self.refund = refund
        self.total = total
        self.currency = currency
        self.reason = reason
    }
}
