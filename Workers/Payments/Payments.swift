internal import Commerce
public import Database
internal import FoundationEssentials
public import Providers
public import Store
public import Work

/// Takes the buyers' money, or finds that it won't come.
///
/// An order that was paid at the storefront is paid at once. Any other is opened with the provider, and then one of four
/// things ends it: the provider says that it is paid (by notification, or asked when the notification should have come),
/// that it failed, its time is over, or the order is cancelled. Which was first is decided under the lock of the payment's
/// row. Money that comes after the end is given back; so is, whole or in part, what was paid for
/// an order that is cancelled.
public struct Payments: Worker {
    let desk: PaymentDesk?
    /// How long a buyer has to pay, from the time at which the stock was reserved.
    let window: TimeInterval

    /// - Parameters:
    ///   - weChatPay: nil where it is not configured: then its orders wait until it is.
    ///   - window: how long a buyer has to pay.
    public init(weChatPay: WeChatPay?, window: Duration) {
        self.init(desk: weChatPay.map(PaymentDesk.init), window: window)
    }

    init(desk: PaymentDesk?, window: Duration) {
        self.desk = desk
        self.window = window / .seconds(1)
    }

    public func decode(_ body: [UInt8], type: String) throws -> PaymentsInput {
        switch type {
        case StockReserved.type: .reserved(try StockReserved(parsing: body).terms)
        case PaymentNotified.type: .notified(try PaymentNotified(parsing: body))
        case PaymentDue.type: .due(try PaymentDue(parsing: body))
        case OrderCancelled.type: .cancelled(try OrderCancelled(parsing: body))
        case RefundRequested.type: .refundRequested(try RefundRequested(parsing: body))
        default: throw UnknownType(type: type)
        }
    }

    /// Of a new order it is enough to know that it has no payment yet: the key guards the row that is inserted. All others
    /// are locked, and only then is looked whether the order was cancelled, which happens under the same lock.
    public func load(_ messages: [Received<PaymentsInput>], in transaction: Transaction) async throws -> PaymentsState {
        var reserved: [UUID] = []
        var others: Set<UUID> = []
        for message in messages {
            if case .reserved(let terms) = message.input { reserved.append(terms.order) } else { others.insert(message.input.order) }
        }
        guard !others.isEmpty else {
            let rows = try await transaction.query(PaymentRows.all(of: reserved))
            return PaymentsState(payments: try PaymentRows.payments(from: rows))
        }
        let orders = Array(others)
        let rows = try await transaction.queries([
            PaymentRows.lock(orders), PaymentRows.all(of: reserved), Orders.terms(of: orders), Orders.endings(of: orders),
            Refunds.all(of: orders),
        ])
        let locked = try PaymentRows.payments(from: rows[0])
        return PaymentsState(
            payments: try PaymentRows.payments(from: rows[1]).merging(locked) { $1 }, terms: try Orders.terms(from: rows[2]),
            endings: try Orders.endings(from: rows[3]), refunds: try Refunds.standings(from: rows[4]))
    }

    public func decide(
        _ message: Received<PaymentsInput>, _ answer: PaymentsAnswer, _ state: inout PaymentsState
    ) throws -> Decision<Stamped<PaymentChange>> {
        switch message.input {
        case .reserved(let terms): try open(terms, answer, message, &state)
        case .notified(let notified): try take(notified, message, &state)
        case .due(let due): try look(due, answer, message, &state)
        case .cancelled(let cancelled): cancel(cancelled, message, &state)
        case .refundRequested(let refund): try giveBack(refund, answer, message, &state)
        }
    }

    public func save(_ effects: [Stamped<PaymentChange>]) -> [Query] {
        var written = Written()
        written.reserve(effects.count)
        for effect in effects { written.add(effect) }
        return written.queries
    }
}
