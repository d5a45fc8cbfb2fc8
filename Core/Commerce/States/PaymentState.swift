/// The states of an order's payment.
public enum PaymentState: String, State {
    /// Nothing was asked of a provider yet.
    case none
    /// The provider is being asked.
    case opening
    /// The buyer can pay.
    case open
    case paid
    case declined
    case expired
    /// Nothing may be paid any more: the order was cancelled.
    case closed
    /// A payment came in that doesn't fit; people must look.
    case mismatched
    /// All of it is to be given back: it came too late, or the order was cancelled. What is given back in part leaves it paid.
    case refundDue = "refund_due"
    case refunded

    /// A provider may tell of a success after we closed, gave up or were told of a failure: then the money is given back.
    public static let transitions: [PaymentState: Set<PaymentState>] = [
        .none: [.opening, .paid, .closed],
        .opening: [.open, .paid, .declined, .expired, .closed, .mismatched, .refundDue],
        .open: [.paid, .declined, .expired, .closed, .mismatched, .refundDue],
        .paid: [.refundDue, .refunded],
        .declined: [.refundDue, .mismatched],
        .expired: [.refundDue, .mismatched],
        .closed: [.refundDue, .mismatched],
        .mismatched: [.refundDue],
        .refundDue: [.refunded],
        .refunded: [],
    ]

    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.none, .chinese): "未支付"
        case (.none, .english): "Not paid"
        case (.opening, .chinese): "正在创建支付"
        case (.opening, .english): "Opening payment"
        case (.open, .chinese): "待付款"
        case (.open, .english): "Awaiting payment"
        case (.paid, .chinese): "已付款"
        case (.paid, .english): "Paid"
        case (.declined, .chinese): "支付失败"
        case (.declined, .english): "Declined"
        case (.expired, .chinese): "支付超时"
        case (.expired, .english): "Expired"
        case (.closed, .chinese): "已关闭"
        case (.closed, .english): "Closed"
        case (.mismatched, .chinese): "金额不符"
        case (.mismatched, .english): "Amount mismatch"
        case (.refundDue, .chinese): "退款中"
        case (.refundDue, .english): "Refund due"
        case (.refunded, .chinese): "已退款"
        case (.refunded, .english): "Refunded"
        }
    }
}
