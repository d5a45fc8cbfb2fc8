import FoundationEssentials

/// One `out_trade_no` at WeChat Pay.
struct Trade: Sendable {
    enum State: String, Sendable {
        case unpaid = "NOTPAY"
        case paid = "SUCCESS"
        case refunded = "REFUND"
        case closed = "CLOSED"
        case failed = "PAYERROR"

        /// `trade_state_desc`.
        var words: String {
            switch self {
            case .unpaid: "订单未支付"
            case .paid: "支付成功"
            case .refunded: "订单发生过退款"
            case .closed: "订单已关闭"
            case .failed: "支付失败"
            }
        }
    }

    /// A refund, by its `out_refund_no`.
    struct Refund: Sendable, Equatable {
        let number: String
        let trade: String
        let amount: Int64
        let notifyURL: String?
        let createdAt: Date
        var succeededAt: Date?
        var isTold = false

        var refundID: String { "5030" + Seed(number).digits(24) }
    }

    let number: String
    let attach: String?
    let notifyURL: String
    let total: Int64
    let expiresAt: Date?
    /// What the prepay said besides, in short: a repeat must say the same.
    let parameters: UInt64
    var state = State.unpaid
    var paidAt: Date?
    /// How often the buyer's account was charged.
    var charges = 0
    /// Whether the payment's notification was taken, or is lost for good.
    var isTold = false
    var refunds: [Refund] = []

    var behaviour: BuyerBehaviour { BuyerBehaviour(total: total) }
    var transactionID: String { "4200" + Seed(number).digits(24) }
    var codeURL: String { "weixin://wxpay/bizpayurl?pr=" + Seed(number).letters(9) }
    var refunded: Int64 { refunds.reduce(0) { $0 + $1.amount } }

    /// Which order this trade is for: what `attach` or else the number says, where that is a UUID, with or without dashes; else
    /// the trade is its own.
    var order: String { attach.flatMap(Self.identifier) ?? Self.identifier(number) ?? number }

    private static func identifier(_ text: String) -> String? {
        var text = text
        if text.utf8.count == 32 {
            for place in [20, 16, 12, 8] { text.insert("-", at: text.utf8.index(text.startIndex, offsetBy: place)) }
        }
        return UUID(uuidString: text)?.uuidString.lowercased()
    }
}
