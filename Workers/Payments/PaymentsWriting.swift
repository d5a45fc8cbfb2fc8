internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store

/// A batch's changes, gathered: of each payment the last state is written, once.
struct Written {
    private var new: [Stamped<Payment>] = []
    private var newAt: [UUID: Int] = [:]
    private var changed: [UUID: Stamped<Payment>] = [:]
    private var due: [Stamped<Refunds.Due>] = []
    private var settled: [Stamped<(id: UUID, refundID: String)>] = []

    mutating func reserve(_ count: Int) {
        new.reserveCapacity(count)
        newAt.reserveCapacity(count)
    }

    mutating func add(_ effect: Stamped<PaymentChange>) {
        let payment = effect.value.payment
        let stamped = Stamped(payment, effect.stamp)
        if effect.value.isNew {
            newAt[payment.order] = new.count
            new.append(stamped)
        } else if let index = newAt[payment.order] {
            new[index] = Stamped(payment, new[index].stamp)
        } else {
            changed[payment.order] = stamped
        }
        if let reason = effect.value.refundDue, let amount = payment.paidAmount {
            let id = OrderID.refund(order: payment.order, reason: reason)
            due.append(
                Stamped(Refunds.Due(id: id, order: payment.order, amount: amount, currency: payment.currency, reason: reason), effect.stamp)
            )
        }
        if let done = effect.value.settled { settled.append(Stamped((done.refund, done.name), effect.stamp)) }
    }

    var queries: [Query] {
        var queries: [Query] = []
        if !new.isEmpty { queries.append(PaymentRows.insert(new)) }
        if !changed.isEmpty { queries.append(PaymentRows.update(Array(changed.values))) }
        if !due.isEmpty { queries.append(Refunds.insert(due)) }
        if !settled.isEmpty { queries.append(Refunds.settle(settled)) }
        return queries
    }
}
