public import Commerce
internal import FoundationEssentials

/// What comes to placement.
public enum PlacementInput: Sendable {
    case submitted(OrderSubmitted)
    case cancelled(Cancellation)

    init(_ body: [UInt8], type: String) throws {
        switch type {
        case OrderSubmitted.type: self = .submitted(try OrderSubmitted(parsing: body))
        case OrderCancelRequested.type:
            let request = try OrderCancelRequested(parsing: body)
            self = .cancelled(
                Cancellation(
                    order: request.order, reason: .requested, storefront: request.storefront, since: request.requestedAt,
                    words: request.reason))
        case StockShort.type: self = .cancelled(Cancellation(order: try StockShort(parsing: body).order, reason: .outOfStock))
        case PaymentDeclined.type:
            self = .cancelled(Cancellation(order: try PaymentDeclined(parsing: body).order, reason: .paymentDeclined))
        case PaymentExpired.type: self = .cancelled(Cancellation(order: try PaymentExpired(parsing: body).order, reason: .paymentExpired))
        default: throw UnknownType(type: type)
        }
    }

    var submitted: OrderSubmitted? {
        if case .submitted(let submitted) = self { submitted } else { nil }
    }

    var cancellation: Cancellation? {
        if case .cancelled(let cancellation) = self { cancellation } else { nil }
    }
}

/// A reason for which an order is to end before it is paid.
public struct Cancellation: Sendable {
    let order: UUID
    let reason: CancelReason
    /// Who asks, where it is a storefront: it may cancel only its own orders.
    var storefront: UUID? = nil
    /// When it was asked for.
    var since: Date? = nil
    /// Why, in the words of who asks.
    var words: String? = nil
}
