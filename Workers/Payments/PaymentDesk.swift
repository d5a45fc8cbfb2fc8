internal import Commerce
internal import FoundationEssentials
internal import Providers

/// What payments asks of a provider, all of it keyed by our own numbers, so that asking twice is harmless.
struct PaymentDesk: Sendable {
    /// The party, for its circuit.
    let party: String
    /// Opens a payment until a time. Returns what the buyer scans.
    let open: @Sendable (_ terms: OrderTerms, _ expiresAt: Date) async throws(ProviderError) -> String
    /// How an order's payment stands.
    let standing: @Sendable (_ order: UUID) async throws(ProviderError) -> PaymentStanding
    /// Makes an order's payment unpayable, if it still can. Throws `refused` where it can't.
    let close: @Sendable (_ order: UUID) async throws(ProviderError) -> Void
    /// Gives an order's payment back, or part of it. Asked again, it says how that refund stands.
    let refund: @Sendable (_ refund: RefundRequested) async throws(ProviderError) -> WeChatRefundOutcome
}

extension PaymentDesk {
    /// WeChat Pay, Native payments.
    init(_ weChatPay: WeChatPay) {
        self.init(
            party: WeChatPay.party,
            open: { terms, expiresAt throws(ProviderError) in
                guard terms.currency == .cny else {
                    throw ProviderError(
                        party: WeChatPay.party, kind: .refused(code: "CURRENCY", message: ""),
                        message: "only CNY can be paid with WeChat Pay")
                }
                return try await weChatPay.prepay(
                    WeChatPrepay(
                        outTradeNo: TradeNumber.of(terms.order),
                        description: terms.reference.locale == .chinese
                            ? "订单 \(terms.reference.number)" : "Order \(terms.reference.number)",
                        total: terms.total, currency: terms.currency.rawValue, expiresAt: expiresAt))
            },
            standing: { order throws(ProviderError) in
                guard let transaction = try await weChatPay.transaction(outTradeNo: TradeNumber.of(order)) else { return .closed }
                return try PaymentStanding(transaction)
            },
            close: { order throws(ProviderError) in
                guard try await weChatPay.close(outTradeNo: TradeNumber.of(order)) == .paid else { return }
                throw ProviderError(party: WeChatPay.party, kind: .refused(code: "ORDERPAID", message: ""), message: "it is paid")
            },
            refund: { refund throws(ProviderError) in
                let answer = try await weChatPay.refund(
                    WeChatRefundRequest(
                        outTradeNo: TradeNumber.of(refund.order), outRefundNo: TradeNumber.of(refund.refund), refund: refund.amount,
                        total: refund.paid,
                        currency: refund.currency.rawValue, reason: refund.reason.rawValue))
                switch answer.state {
                case .processing: return .processing
                case .success: return .settled(refundID: answer.refundID)
                case .closed, .abnormal:
                    throw ProviderError(
                        party: WeChatPay.party, kind: .refused(code: answer.state.rawValue, message: ""),
                        message: "the refund is \(answer.state.rawValue): it is to be settled by hand on the merchant platform")
                }
            })
    }
}

extension PaymentStanding {
    /// WeChat Pay's word.
    init(_ transaction: WeChatTransaction) throws(ProviderError) {
        switch transaction.state {
        case .success, .refund:
            guard let id = transaction.transactionID, let total = transaction.total, let at = transaction.paidAt else {
                throw ProviderError(party: WeChatPay.party, kind: .unknown, message: "a paid transaction has no number, amount or time")
            }
            self = .paid(
                PaymentFact(
                    transactionID: id, amount: total, currency: transaction.currency ?? "CNY", at: at,
                    isRefunded: transaction.state == .refund))
        case .notPaid, .userPaying, .accepted: self = .unpaid
        case .closed: self = .closed
        case .revoked, .payError: self = .failed(transaction.state.rawValue)
        }
    }
}
