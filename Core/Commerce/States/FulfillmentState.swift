/// The states of a fulfillment order: one merchant's part of an order.
public enum FulfillmentState: String, State {
    /// The order is placed; the merchant isn't asked yet.
    case planned
    /// Paid: the merchant is to ship.
    case released
    case shipped
    case delivered
    case cancelled

    public static let transitions: [FulfillmentState: Set<FulfillmentState>] = [
        .planned: [.released, .cancelled],
        .released: [.shipped, .cancelled],
        .shipped: [.delivered],
        .delivered: [],
        .cancelled: [],
    ]

    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.planned, .chinese): "待放行"
        case (.planned, .english): "Planned"
        case (.released, .chinese): "待发货"
        case (.released, .english): "To be shipped"
        case (.shipped, .chinese): "已发货"
        case (.shipped, .english): "Shipped"
        case (.delivered, .chinese): "已签收"
        case (.delivered, .english): "Delivered"
        case (.cancelled, .chinese): "已取消"
        case (.cancelled, .english): "Cancelled"
        }
    }
}
