public import FoundationEssentials

/// Something a buyer is told, once: of one kind about one subject. Holds no personal data, and its texts name none.
public struct Notice: Sendable, Equatable {
    public var reference: OrderReference
    public var kind: NoticeKind
    /// What it is about: the shipment for what concerns a parcel, the refund for one of several, the order for everything else.
    public var subject: UUID
    /// What was paid or given back.
    public var amount: Money?

    public init(reference: OrderReference, kind: NoticeKind, subject: UUID, amount: Money? = nil) {
        self.reference = reference
        self.kind = kind
        self.subject = subject
        self.amount = amount
    }
}

extension Notice {
    /// The notice's title, as the buyer's inbox shows it.
    public var title: String {
        switch (kind, reference.locale) {
        case (.paid, .chinese): "付款成功"
        case (.paid, .english): "Payment received"
        case (.paymentExpired, .chinese): "支付已超时"
        case (.paymentExpired, .english): "Payment time is over"
        case (.cancelled, .chinese), (.outOfStock, .chinese), (.refusedByMerchant, .chinese), (.declined, .chinese): "订单已取消"
        case (.cancelled, .english), (.outOfStock, .english), (.refusedByMerchant, .english), (.declined, .english): "Order cancelled"
        case (.dispatched, .chinese): "您的包裹已发出"
        case (.dispatched, .english): "Your parcel is on its way"
        case (.delivered, .chinese): "您的包裹已签收"
        case (.delivered, .english): "Your parcel has arrived"
        case (.completed, .chinese): "订单已完成"
        case (.completed, .english): "Order completed"
        case (.refunded, .chinese): "退款成功"
        case (.refunded, .english): "Refund sent"
        }
    }

    /// What the buyer's inbox says.
    public var text: String {
        let number = reference.number.text
        return switch (kind, reference.locale) {
        case (.paid, .chinese): "订单 \(number) 已付款\(amountText)，商家正在备货。"
        case (.paid, .english): "Order \(number) is paid\(amountText); its merchants are preparing it."
        case (.paymentExpired, .chinese): "订单 \(number) 未在规定时间内付款，已取消，未扣款。"
        case (.paymentExpired, .english): "Order \(number) was not paid in time and is cancelled. You were not charged."
        case (.cancelled, .chinese): "订单 \(number) 已按要求取消。"
        case (.cancelled, .english): "Order \(number) was cancelled as requested."
        case (.outOfStock, .chinese): "很抱歉，订单 \(number) 中的商品已售罄，订单已取消，未扣款。"
        case (.outOfStock, .english):
            "We are sorry: what you ordered with \(number) is sold out. The order is cancelled and you were not charged."
        case (.refusedByMerchant, .chinese): "很抱歉，商家无法发出订单 \(number) 的商品，订单已取消，已付款项将原路退回。"
        case (.refusedByMerchant, .english):
            "We are sorry: what you ordered with \(number) can't be shipped. The order is cancelled and what you paid is sent back."
        case (.declined, .chinese): "订单 \(number) 支付未成功，已取消。"
        case (.declined, .english): "The payment of order \(number) was declined and the order is cancelled."
        case (.dispatched, .chinese): "订单 \(number) 的包裹已发出。"
        case (.dispatched, .english): "A parcel of order \(number) has left the merchant."
        case (.delivered, .chinese): "订单 \(number) 的包裹已签收。"
        case (.delivered, .english): "A parcel of order \(number) was delivered."
        case (.completed, .chinese): "订单 \(number) 已完成，感谢您的购买。"
        case (.completed, .english): "Order \(number) is complete. Thank you."
        case (.refunded, .chinese): "订单 \(number) 的退款\(amountText)已原路退回。"
        case (.refunded, .english): "The refund of order \(number)\(amountText) was sent back the way you paid."
        }
    }

    private var amountText: String { amount.map { " \($0)" } ?? "" }

    /// The variables of the SMS template. The number's last digits do: an SMS is short, and says nothing of whom it is for.
    public var smsVariables: [(name: String, value: String)] {
        var variables = [(name: "number", value: String(reference.number.text.suffix(6)))]
        if let amount { variables.append((name: "amount", value: amount.description)) }
        return variables
    }
}

// MARK: - From messages

extension Notice {
    /// Reads what a message gives occasion to tell the buyer; nil where there is nothing to tell.
    /// - Throws: a `JSONError` where the body is malformed.
    public static func from(_ body: [UInt8], type: String) throws -> Notice? {
        switch type {
        case OrderPaid.type:
            let paid = try OrderPaid(parsing: body)
            return order(.paid, paid.reference, Money(paid.terms.total, paid.terms.currency))
        case PaymentExpired.type: return order(.paymentExpired, try PaymentExpired(parsing: body).reference)
        case OrderCancelled.type:
            let cancelled = try OrderCancelled(parsing: body)
            return kind(of: cancelled.reason).map { order($0, cancelled.reference) }
        case ShipmentDispatched.type:
            let dispatched = try ShipmentDispatched(parsing: body)
            return Notice(reference: dispatched.reference, kind: .dispatched, subject: dispatched.shipment)
        case ShipmentDelivered.type:
            let delivered = try ShipmentDelivered(parsing: body)
            return Notice(reference: delivered.reference, kind: .delivered, subject: delivered.shipment)
        case OrderCompleted.type: return order(.completed, try OrderCompleted(parsing: body).reference)
        case RefundSettled.type:
            let refund = try RefundSettled(parsing: body)
            // An order may have several refunds, and the buyer is told of each.
            return Notice(
                reference: refund.reference, kind: .refunded, subject: refund.refund ?? refund.order,
                amount: Money(refund.amount, refund.currency))
        default: return nil
        }
    }

    private static func order(_ kind: NoticeKind, _ reference: OrderReference, _ amount: Money? = nil) -> Notice {
        Notice(reference: reference, kind: kind, subject: reference.order, amount: amount)
    }

    /// Of a payment that expired the buyer was told already.
    private static func kind(of reason: CancelReason) -> NoticeKind? {
        switch reason {
        case .requested: .cancelled
        case .outOfStock: .outOfStock
        case .paymentDeclined: .declined
        case .paymentExpired: nil
        case .refusedByMerchant: .refusedByMerchant
        }
    }
}
