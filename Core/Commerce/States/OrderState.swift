/// The states of an order.
public enum OrderState: String, State {
    /// Stored; its stock is being reserved.
    case placed
    /// Its stock is held and the buyer is to pay.
    case reserved
    case paid
    case completed
    /// Stock didn't suffice; it is about to be cancelled.
    case short
    case cancelled

    public static let transitions: [OrderState: Set<OrderState>] = [
        .placed: [.reserved, .short, .cancelled],
        .reserved: [.paid, .cancelled],
        .paid: [.completed, .cancelled],
        .completed: [],
        .short: [.cancelled],
        .cancelled: [],
    ]

    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.placed, .chinese): "已下单"
        case (.placed, .english): "Placed"
        case (.reserved, .chinese): "待付款"
        case (.reserved, .english): "Awaiting payment"
        case (.paid, .chinese): "已付款"
        case (.paid, .english): "Paid"
        case (.completed, .chinese): "已完成"
        case (.completed, .english): "Completed"
        case (.short, .chinese): "缺货"
        case (.short, .english): "Out of stock"
        case (.cancelled, .chinese): "已取消"
        case (.cancelled, .english): "Cancelled"
        }
    }
}
