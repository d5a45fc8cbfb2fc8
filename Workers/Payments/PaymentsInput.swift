public import Commerce
internal import FoundationEssentials
internal import Store

/// What comes to payments.
public enum PaymentsInput: Sendable {
    case reserved(OrderTerms)
    case notified(PaymentNotified)
    case due(PaymentDue)
    case cancelled(OrderCancelled)
    case refundRequested(RefundRequested)

    var order: UUID {
        switch self {
        case .reserved(let terms): terms.order
        case .notified(let notified): notified.order
        case .due(let due): due.order
        case .cancelled(let cancelled): cancelled.order
        case .refundRequested(let refund): refund.order
        }
    }
}

/// What the provider said when it was asked.
public enum PaymentsAnswer: Sendable, Equatable {
    /// It was not asked.
    case nothing
    /// The buyer can pay by scanning this.
    case opened(codeURL: String)
    /// It won't take this payment, for the reason it gives.
    case refused(String)
    /// There was no time left to pay: it was not asked.
    case tooLate
    case standing(PaymentStanding)
    case refund(WeChatRefundOutcome)
}

/// How a payment stands with the provider.
public enum PaymentStanding: Sendable, Equatable {
    case paid(PaymentFact)
    /// It can still be paid.
    case unpaid
    /// It can't be paid any more, or never could.
    case closed
    /// It failed, with the provider's word for it.
    case failed(String)
}

/// Money that came in, by the provider's word.
public struct PaymentFact: Sendable, Equatable {
    var transactionID: String
    /// Minor units.
    var amount: Int64
    var currency: String
    var at: Date
    /// Whether some of it was given back since.
    var isRefunded = false
}

/// How a refund stands with the provider.
public enum WeChatRefundOutcome: Sendable, Equatable {
    /// Accepted, not yet done.
    case processing
    case settled(refundID: String)
}

/// What payments knows as it goes through a batch.
public struct PaymentsState: Sendable {
    var payments: [UUID: Payment] = [:]
    /// What was agreed, for orders whose terms did not come with the message.
    var terms: [UUID: OrderTerms] = [:]
    /// The orders that ended.
    var endings: [UUID: OrderState] = [:]
    /// The refunds of these orders, by their ids.
    var refunds: [UUID: Refunds.Standing] = [:]
}

/// What becomes of an order's payment.
public struct PaymentChange: Sendable, Equatable {
    var payment: Payment
    /// Whether the row is not there yet.
    var isNew: Bool
    /// A refund that is due from now on.
    var refundDue: RefundReason?
    /// A refund that was done, and the provider's name for it.
    var settled: Settled?

    /// A refund that was done.
    struct Settled: Sendable, Equatable {
        let refund: UUID
        /// The provider's name for it.
        let name: String
    }
}
