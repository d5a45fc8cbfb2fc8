public import FoundationEssentials

/// An order's payment, as it stands.
public struct Payment: Sendable, Equatable {
    /// The order's id.
    public let order: UUID
    /// How it stands.
    public var state: PaymentState
    /// How it is paid.
    public let method: PaymentMethod
    /// What all amounts are in.
    public let currency: Currency
    /// What is to be paid, in minor units.
    public let amount: Int64
    /// What the buyer scans, once the provider has opened it.
    public var codeURL: String?
    /// Until when the buyer can pay.
    public var expiresAt: Date?
    /// The provider's name for what was paid.
    public var transactionID: String?
    /// What was paid, in minor units, by the provider's word.
    public var paidAmount: Int64?
    /// When the money came in.
    public var paidAt: Date?
    /// Why it was declined, closed or looked at.
    public var reason: String?

    public init(
        order: UUID, state: PaymentState, method: PaymentMethod, currency: Currency, amount: Int64, codeURL: String? = nil,
        expiresAt: Date? = nil, transactionID: String? = nil, paidAmount: Int64? = nil, paidAt: Date? = nil, reason: String? = nil
    ) {
        self.order = order
        self.state = state
        self.method = method
        self.currency = currency
        self.amount = amount
        self.codeURL = codeURL
        self.expiresAt = expiresAt
        self.transactionID = transactionID
        self.paidAmount = paidAmount
        self.paidAt = paidAt
        self.reason = reason
    }
}
