/// What buyers are told of.
public enum NoticeKind: String, Sendable, CaseIterable {
    case paid
    case paymentExpired = "payment_expired"
    /// Cancelled because the buyer or the storefront asked for it.
    case cancelled
    /// Cancelled because it can't be had.
    case outOfStock = "out_of_stock"
    /// Cancelled because the payment was declined.
    case declined
    /// Cancelled, and given back, because the merchants can't ship it.
    case refusedByMerchant = "refused_by_merchant"
    case dispatched
    case delivered
    case completed
    case refunded

    /// Whether it is worth an SMS besides the inbox: what buyers wait for, or would not expect. Of a payment they hear from
    /// the one they paid with, and what they asked for themselves is no news.
    public var warrantsSMS: Bool {
        switch self {
        case .dispatched, .delivered, .outOfStock, .refusedByMerchant, .refunded: true
        case .paid, .paymentExpired, .cancelled, .declined, .completed: false
        }
    }

    /// Whether it is (still) true of an order, and of the shipment that it is about, if any. What nothing can make untrue
    /// is true without a look.
    public func isTrue(order: OrderState?, shipment: ShipmentState?) -> Bool {
        switch self {
        case .paid, .refunded, .delivered: true
        case .paymentExpired: order != .paid && order != .completed
        case .cancelled, .outOfStock, .refusedByMerchant, .declined: order == .cancelled || order == .short
        case .dispatched: order == .paid && (shipment ?? .delivered) < .returning
        case .completed: order == .completed
        }
    }

    /// Whether the state of the order or of the shipment can make it untrue, so that it must be looked at.
    public var canTurnUntrue: Bool {
        switch self {
        case .paid, .refunded, .delivered: false
        case .paymentExpired, .cancelled, .outOfStock, .refusedByMerchant, .declined, .dispatched, .completed: true
        }
    }
}
