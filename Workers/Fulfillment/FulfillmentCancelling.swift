internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// What is paid and will not be shipped. The merchant who knows of it has to say whether it still can be cancelled; what it does
// not know of, or says yes to, or is silent about until its time is over, is cancelled: its stock is let go, its money goes
// back. What has left can't be cancelled, and the storefront is told so.

extension Fulfillment {
    /// The storefront wants a paid order cancelled.
    func cancel(
        _ message: Received<Input>, _ request: FulfillmentCancelRequested, _ order: OrderToFulfill, _ state: inout State
    ) -> Decision<Effect> {
        guard request.storefront == order.reference.storefront else { return Decision("foreign") }
        guard order.ended != .cancelled else { return Decision("already cancelled") }
        var order = order
        var effect = effect(message, order)
        var causes: [Cause] = []
        var (planned, asked, refused): ([Int], Int, Int) = ([], 0, 0)
        for index in order.parts.indices {
            switch order.parts[index].state {
            case .planned: planned.append(index)
            case .released, .accepted, .onHold:
                asked += 1
                ask(index, request.reason, message, &order, &effect, &causes)
            case .partiallyShipped, .shipped, .delivered:
                refused += 1
                causes.append(Cause(Self.refusal(of: order.parts[index], order.parts[index].state.rawValue, order)))
            case .cancellationRequested, .cancelled: break
            }
        }
        guard !planned.isEmpty || asked > 0 else {
            return Decision(refused > 0 ? "refused: shipped" : "already requested", causes: causes)
        }
        if !planned.isEmpty { withdraw(planned, .requested, "requested", message, &order, &effect, &causes, &state) }
        state.orders[order.reference.order] = order
        return Decision(asked == 0 ? "cancelled" : planned.isEmpty ? "asked" : "cancelled_and_asked", effect, causes: causes)
    }

    /// Asks a merchant, and sets the time until which it may answer.
    private func ask(
        _ index: Int, _ reason: String, _ message: Received<Input>, _ order: inout OrderToFulfill, _ effect: inout Effect,
        _ causes: inout [Cause]
    ) {
        let answerBy = message.now.addingTimeInterval(answerWindow / .seconds(1))
        order.parts[index].state = .cancellationRequested
        order.parts[index].request = FulfillmentPart.Request(message: message.id, answerBy: answerBy)
        let part = order.parts[index]
        effect.changes.append(change(part, message, order))
        causes.append(
            Cause(
                CancellationAsked(
                    reference: order.reference, fulfillment: part.id, merchant: part.merchant, reason: reason, answerBy: answerBy)))
        let due = CancellationDue(order: order.reference.order, fulfillment: part.id, request: message.id)
        causes.append(Cause(CancellationDue.type, order: order.reference.order, body: due.encoded(), due: answerBy))
    }

    /// The merchant had its time: who says nothing agrees.
    func answerIsDue(
        _ message: Received<Input>, _ due: CancellationDue, _ order: OrderToFulfill, _ state: inout State
    ) -> Decision<Effect> {
        guard let index = order.parts.firstIndex(where: { $0.id == due.fulfillment }), order.parts[index].request?.message == due.request
        else { return Decision("answered") }
        return withdraw(index, .requested, "no_answer", message, order, &state)
    }

    // MARK: - Cancelling

    /// Cancels one part.
    /// - Parameter missing: of which lines how many pieces; nil for all that are open.
    func withdraw(
        _ index: Int, missing: [Int64: Int64]? = nil, _ reason: CancelReason, _ word: String, _ message: Received<Input>,
        _ order: OrderToFulfill, _ state: inout State
    ) -> Decision<Effect> {
        var order = order
        var effect = effect(message, order)
        var causes: [Cause] = []
        withdraw([index], missing: missing, reason, word, message, &order, &effect, &causes, &state)
        state.orders[order.reference.order] = order
        return Decision(order.parts[index].state == .cancelled ? "cancelled" : "short", effect, causes: causes)
    }

    /// Cancels all that is open of some parts, or what is missing of it. With the last part of an order the order ends.
    private func withdraw(
        _ indices: [Int], missing: [Int64: Int64]? = nil, _ reason: CancelReason, _ word: String, _ message: Received<Input>,
        _ order: inout OrderToFulfill,
        _ effect: inout Effect, _ causes: inout [Cause], _ state: inout State
    ) {
        var breakdown = RefundBreakdown(parts: [], freight: 0)
        var released: [Allocation] = []
        for index in indices {
            let before = order.parts[index]
            released += letGo(index, missing, &order, &state)
            let part = order.parts[index]
            let gross = part.refunded - before.refunded
            breakdown.parts.append(
                RefundBreakdown.Part(
                    merchant: part.merchant, gross: gross, commission: before.remainingShare.commission - part.remainingShare.commission))
            effect.changes.append(change(part, message, order))
            if before.state.isWithMerchant, part.state == .cancelled {
                causes.append(
                    Cause(FulfillmentCancelled(reference: order.reference, fulfillment: part.id, merchant: part.merchant, reason: word)))
            }
            causes.append(
                Cause(
                    CancellationAnswered(
                        reference: order.reference, fulfillment: part.id, outcome: .cancelled, reason: word, refunded: gross)))
        }
        if !released.isEmpty {
            let id = order.reference.order
            effect.moves.append(Stock.Move(id: OrderID.release(for: message.id), kind: .release, order: id, allocations: released))
            causes.append(Cause(StockReleased.type, order: id, body: StockReleased(order: id).encoded()))
        }
        let isOver = order.parts.allSatisfy { $0.state == .cancelled }
        if isOver { breakdown.freight = order.freight }
        giveBack(breakdown, reason, message, order, &effect, &causes)
        if isOver {
            order.ended = .cancelled
            effect.cancelled = reason
            causes.append(Cause(OrderCancelled(reference: order.reference, reason: reason, wasReserved: true)))
        } else if order.isDelivered, order.ended == nil {
            // What was still missing will not come: the rest has arrived.
            causes.append(confirmationDue(message, order))
        }
    }

    /// Takes a part's open pieces off it, or those that are missing, and out of what is held.
    private func letGo(_ index: Int, _ missing: [Int64: Int64]?, _ order: inout OrderToFulfill, _ state: inout State) -> [Allocation] {
        var part = order.parts[index]
        var holdings = state.holdings[order.reference.order] ?? Stock.Holdings([])
        var released: [Allocation] = []
        for line in part.lines.indices where part.lines[line].open > 0 {
            let number = part.lines[line].n
            let pieces = missing.map { min($0[number] ?? 0, part.lines[line].open) } ?? part.lines[line].open
            released += holdings.take(pieces, ofLine: number)
            part.lines[line].cancelled += pieces
        }
        state.holdings[order.reference.order] = holdings
        part.refunded = FulfillmentLine.worth(ofCancelled: part.lines, of: part.share.gross)
        if part.lines.allSatisfy({ $0.open == 0 }) {
            let hasLeft = part.lines.contains { $0.shipped > 0 }
            let hasArrived = state.shipments[part.id]?.allSatisfy { $0.state == .delivered } == true
            part.state = !hasLeft ? .cancelled : hasArrived ? .delivered : .shipped
            part.request = nil
            part.note = nil
        }
        order.parts[index] = part
        return released
    }

    /// Has money given back; what was free costs nobody anything.
    private func giveBack(
        _ breakdown: RefundBreakdown, _ reason: CancelReason, _ message: Received<Input>, _ order: OrderToFulfill, _ effect: inout Effect,
        _ causes: inout [Cause]
    ) {
        guard breakdown.amount > 0 else { return }
        let refund = OrderID.refund(message: message.id)
        let why: RefundReason = reason == .refusedByMerchant ? .refusedByMerchant : .cancelled
        effect.refund = Refunds.Due(
            id: refund, order: order.reference.order, amount: breakdown.amount, currency: order.currency, reason: why)
        causes.append(
            Cause(
                RefundRequested(
                    reference: order.reference, refund: refund, amount: breakdown.amount, paid: order.total, currency: order.currency,
                    method: order.method, reason: why, breakdown: breakdown)))
    }

    /// What the storefront is told of a part that can't be cancelled.
    static func refusal(of part: FulfillmentPart, _ reason: String, _ order: OrderToFulfill) -> CancellationAnswered {
        CancellationAnswered(reference: order.reference, fulfillment: part.id, outcome: .refused, reason: reason, refunded: 0)
    }
}
