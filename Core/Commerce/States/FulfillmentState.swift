/// The states of a fulfillment order: one merchant's part of an order.
public enum FulfillmentState: String, State {
    /// The order is placed; the merchant isn't asked yet.
    case planned
    /// Paid: the merchant is to ship.
    case released
    /// The merchant says that it will ship.
    case accepted
    /// The merchant can't ship for the moment, and says why.
    case onHold = "on_hold"
    /// The storefront wants it cancelled; the merchant, who may have packed it, has to say whether it still can be.
    case cancellationRequested = "cancellation_requested"
    /// Some of it left; some is still to be shipped.
    case partiallyShipped = "partially_shipped"
    /// All that isn't cancelled of it left.
    case shipped
    case delivered
    case cancelled

    /// Goods that left are gone, whatever was agreed: what is on hold, or asked back, may still turn out to be shipped.
    public static let transitions: [FulfillmentState: Set<FulfillmentState>] = [
        .planned: [.released, .cancelled],
        .released: [.accepted, .onHold, .cancellationRequested, .partiallyShipped, .shipped, .cancelled],
        .accepted: [.onHold, .cancellationRequested, .partiallyShipped, .shipped, .cancelled],
        .onHold: [.accepted, .cancellationRequested, .partiallyShipped, .shipped, .cancelled],
        .cancellationRequested: [.accepted, .onHold, .partiallyShipped, .shipped, .cancelled],
        .partiallyShipped: [.shipped, .delivered],
        .shipped: [.delivered],
        .delivered: [],
        .cancelled: [],
    ]

    /// Whether the merchant knows of it and nothing of it has left.
    public var isWithMerchant: Bool {
        switch self {
        case .released, .accepted, .onHold, .cancellationRequested: true
        case .planned, .partiallyShipped, .shipped, .delivered, .cancelled: false
        }
    }

    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.planned, .chinese): "待放行"
        case (.planned, .english): "Planned"
        case (.released, .chinese): "待发货"
        case (.released, .english): "To be shipped"
        case (.accepted, .chinese): "商家已接单"
        case (.accepted, .english): "Accepted"
        case (.onHold, .chinese): "暂缓发货"
        case (.onHold, .english): "On hold"
        case (.cancellationRequested, .chinese): "申请取消中"
        case (.cancellationRequested, .english): "Cancellation requested"
        case (.partiallyShipped, .chinese): "部分发货"
        case (.partiallyShipped, .english): "Partially shipped"
        case (.shipped, .chinese): "已发货"
        case (.shipped, .english): "Shipped"
        case (.delivered, .chinese): "已签收"
        case (.delivered, .english): "Delivered"
        case (.cancelled, .chinese): "已取消"
        case (.cancelled, .english): "Cancelled"
        }
    }
}
