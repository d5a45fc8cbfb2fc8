/// Why a submitted order was refused.
public enum RejectionReason: String, Sendable, CaseIterable {
    /// Its idempotency key was used before for another body.
    case idempotencyConflict = "idempotency_conflict"
    /// Its amounts don't add up, or are out of bounds.
    case amounts
    case unknownStorefront = "unknown_storefront"
    case unknownMerchant = "unknown_merchant"
}

/// Why an order ended before it was paid.
public enum CancelReason: String, Sendable, CaseIterable {
    /// The storefront or the buyer asked for it.
    case requested
    case outOfStock = "out_of_stock"
    case paymentDeclined = "payment_declined"
    case paymentExpired = "payment_expired"
}

/// Why a payment is given back.
public enum RefundReason: String, Sendable, CaseIterable {
    /// It came in after the order had been cancelled.
    case latePayment = "late_payment"
}

/// How a payment stands, in a provider's words.
public enum PaymentReport: String, Sendable, CaseIterable {
    case success
    case failed
    case closed
}

/// What to do where stock doesn't suffice for the whole order.
public enum StockPolicy: String, Sendable, CaseIterable {
    /// Reserve every line or none.
    case allOrNothing = "all_or_nothing"
}

/// What a posting in the ledger is about.
public enum PostingKind: String, Sendable, CaseIterable {
    /// The buyer's money came in; the merchants' parts are pending.
    case paid
    /// The order is complete; what was pending is payable.
    case completed
    /// Money went back to the buyer.
    case refunded
}
