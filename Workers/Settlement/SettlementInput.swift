public import Commerce
internal import FoundationEssentials
internal import Store

/// What comes to settlement.
public enum SettlementInput: Sendable {
    case paid(OrderPaid)
    case completed(OrderCompleted)
    case refunded(RefundSettled)

    var refundedOrder: UUID? {
        if case .refunded(let refund) = self { refund.order } else { nil }
    }
}

/// What settlement knows as it goes through a batch: what was posted for the orders that money goes back for.
public struct SettlementState: Sendable {
    var histories: [UUID: Postings.History] = [:]
}
