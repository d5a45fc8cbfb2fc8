/// Why a submitted order was refused.
public enum RejectionReason: String, Sendable, CaseIterable {
    /// Its idempotency key was used before for another body.
    case idempotencyConflict = "idempotency_conflict"
    /// Its amounts don't add up, or are out of bounds.
    case amounts
    case unknownStorefront = "unknown_storefront"
    case unknownMerchant = "unknown_merchant"
}

/// Why an order ended other than by completion.
public enum CancelReason: String, Sendable, CaseIterable {
    /// The storefront or the buyer asked for it.
    case requested
    case outOfStock = "out_of_stock"
    case paymentDeclined = "payment_declined"
    case paymentExpired = "payment_expired"
    /// Paid, but its merchants can't ship it.
    case refusedByMerchant = "refused_by_merchant"
}

/// Why a payment is given back.
public enum RefundReason: String, Sendable, CaseIterable {
    /// It came in after the order had been cancelled.
    case latePayment = "late_payment"
    /// The storefront or the buyer cancelled what was paid.
    case cancelled
    /// The merchant can't ship it.
    case refusedByMerchant = "refused_by_merchant"
}

/// What a merchant may say of its fulfillment order, besides that it shipped.
public enum FulfillmentInstruction: String, Sendable, CaseIterable {
    /// It will ship.
    case accept
    /// It can't ship for the moment.
    case hold
    /// What held it up is over.
    case resume
    /// It can't ship at all: cancelled, and the money goes back.
    case refuse
    /// It can't ship all pieces: those that are missing are cancelled, and the rest is shipped.
    case short
    /// It agrees to a cancellation that it was asked about.
    case acceptCancellation = "accept_cancellation"
    /// It won't have it cancelled, and ships.
    case refuseCancellation = "refuse_cancellation"
}

/// What became of a wish to cancel, part by part.
public enum CancellationOutcome: String, Sendable, CaseIterable {
    case cancelled
    case refused
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
