internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// What merchants say of their fulfillment orders besides that they shipped.

extension Fulfillment {
    /// Does what a merchant says, where that is a legal step; said twice, it changes nothing.
    func follow(
        _ message: Received<Input>, _ instructed: FulfillmentInstructed, _ order: OrderToFulfill, _ state: inout State
    ) throws -> Decision<Effect> {
        let index = try index(of: instructed.fulfillment, of: instructed.merchant, in: order)
        let part = order.parts[index]
        let isAsked = part.state == .cancellationRequested
        switch instructed.instruction {
        case .accept:
            if part.state == .accepted { return Decision("duplicate") }
            // Whether it is cancelled must be answered as such, and a hold be lifted: neither is to happen by the way.
            guard part.state == .released else { break }
            return step(index, to: .accepted, "accepted", message, order, &state)
        case .hold:
            if part.state == .onHold { return Decision("duplicate") }
            guard !isAsked, part.state.mayBecome(.onHold) else { break }
            return step(index, to: .onHold, "on_hold", note: instructed.reason, message, order, &state)
        case .resume:
            if part.state == .accepted { return Decision("duplicate") }
            guard part.state == .onHold else { break }
            return step(index, to: .accepted, "resumed", message, order, &state)
        case .refuse:
            if part.state == .cancelled { return Decision("duplicate") }
            guard part.state.isWithMerchant else { break }
            let word = instructed.reason.isEmpty ? "merchant" : instructed.reason
            return withdraw(index, isAsked ? .requested : .refusedByMerchant, word, message, order, &state)
        case .short:
            guard !isAsked, part.state == .partiallyShipped || part.state.isWithMerchant else { break }
            return short(index, instructed, message, order, &state)
        case .acceptCancellation:
            if part.state == .cancelled { return Decision("duplicate") }
            guard isAsked else { break }
            return withdraw(index, .requested, "requested", message, order, &state)
        case .refuseCancellation:
            guard isAsked else {
                if part.state == .accepted || part.state == .onHold { return Decision("duplicate") }
                break
            }
            // Who won't have it cancelled means to ship it; what held it up may hold it up still.
            let refusal = Self.refusal(of: part, instructed.reason.isEmpty ? "merchant" : instructed.reason, order)
            return step(
                index, to: part.note == nil ? .accepted : .onHold, "cancellation_refused", note: part.note, message, order, &state,
                causes: [Cause(refusal)])
        }
        return refuse(instructed.instruction.rawValue, part, order)
    }

    /// Some pieces are missing: they are cancelled. What is said is how many are missing in all, so said twice it means the same.
    private func short(
        _ index: Int, _ instructed: FulfillmentInstructed, _ message: Received<Input>, _ order: OrderToFulfill, _ state: inout State
    ) -> Decision<Effect> {
        let part = order.parts[index]
        var missing: [Int64: Int64] = [:]
        for portion in instructed.portions ?? [] {
            guard let line = part.lines.first(where: { $0.n == portion.line }), portion.quantity <= line.quantity - line.shipped else {
                return refuse(instructed.instruction.rawValue, part, order)
            }
            missing[line.n] = max(portion.quantity - line.cancelled, 0)
        }
        guard missing.values.contains(where: { $0 > 0 }) else { return Decision("duplicate") }
        let word = instructed.reason.isEmpty ? "merchant" : instructed.reason
        return withdraw(index, missing: missing, .refusedByMerchant, word, message, order, &state)
    }

    private func step(
        _ index: Int, to next: FulfillmentState, _ outcome: String, note: String? = nil, _ message: Received<Input>,
        _ order: OrderToFulfill, _ state: inout State, causes: [Cause] = []
    ) -> Decision<Effect> {
        var order = order
        order.parts[index].state = next
        order.parts[index].note = note
        order.parts[index].request = nil
        var effect = effect(message, order)
        effect.changes = [change(order.parts[index], message, order)]
        state.orders[order.reference.order] = order
        return Decision(outcome, effect, causes: causes)
    }
}
