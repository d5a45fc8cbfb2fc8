internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// What leads to completion. For shipping see FulfillmentShipping, for cancelling FulfillmentCancelling.

extension Fulfillment {
    /// An order is paid: its merchants are told to ship.
    func release(_ message: Received<Input>, _ order: OrderToFulfill, _ state: inout State) -> Decision<Effect> {
        // Cancelled since; its money is on its way back.
        guard order.ended != .cancelled else { return Decision("cancelled") }
        var order = order
        var effect = effect(message, order)
        var causes: [Cause] = []
        for index in order.parts.indices where order.parts[index].state == .planned {
            order.parts[index].state = .released
            let part = order.parts[index]
            effect.changes.append(change(part, message, order))
            causes.append(
                Cause(
                    FulfillmentReleased(
                        reference: order.reference, fulfillment: part.id, merchant: part.merchant, lines: part.lines.map(\.pieces),
                        sealed: order.sealed,
                        region: order.region)))
        }
        guard !causes.isEmpty else { return Decision("duplicate") }
        state.orders[order.reference.order] = order
        return Decision("released", effect, causes: causes)
    }

    /// A parcel has arrived; once the last one has, the buyer's time to object begins.
    func deliver(
        _ message: Received<Input>, _ delivered: ShipmentDelivered, _ order: OrderToFulfill, _ state: inout State
    ) throws -> Decision<Effect> {
        guard let index = order.parts.firstIndex(where: { $0.id == delivered.fulfillment }) else {
            throw Setback.dead("the order has no such fulfillment order")
        }
        guard order.parts[index].state != .delivered else { return Decision("duplicate") }
        guard order.parts[index].state.mayBecome(.delivered) else {
            throw Setback.dead("delivered, though its fulfillment order is \(order.parts[index].state.rawValue)")
        }
        var others = state.shipments[delivered.fulfillment] ?? []
        for parcel in others.indices where others[parcel].id == delivered.shipment { others[parcel].state = .delivered }
        state.shipments[delivered.fulfillment] = others
        // More is to be shipped of it, or is still on its way.
        guard order.parts[index].state == .shipped, others.allSatisfy({ $0.state == .delivered }) else {
            return Decision("parcel_delivered")
        }
        var order = order
        order.parts[index].state = .delivered
        var effect = effect(message, order)
        effect.changes = [change(order.parts[index], message, order)]
        state.orders[order.reference.order] = order
        guard order.isDelivered, order.ended == nil else { return Decision("delivered", effect) }
        return Decision("all_delivered", effect, causes: [confirmationDue(message, order)])
    }

    /// The buyer's time to object is over.
    func confirm(_ message: Received<Input>, _ order: OrderToFulfill, _ state: inout State) -> Decision<Effect> {
        guard order.ended == nil else { return Decision("late") }
        guard order.isDelivered else { return Decision("not_delivered") }
        return complete(message, order, effect(message, order), &state)
    }

    /// The buyer says that everything has arrived: that counts, whatever the carrier says, once everything was shipped.
    func receive(
        _ message: Received<Input>, _ received: OrderReceived, _ order: OrderToFulfill, _ state: inout State
    ) throws -> Decision<Effect> {
        if let storefront = received.storefront, storefront != order.reference.storefront {
            throw Setback.dead("the order is another storefront's")
        }
        guard order.ended == nil else { return Decision("late") }
        let open = order.parts.filter { $0.state != .cancelled && $0.state != .delivered }
        guard !order.parts.allSatisfy({ $0.state == .cancelled }), open.allSatisfy({ $0.state == .shipped }) else {
            return Decision("not_shipped")
        }
        var order = order
        var effect = effect(message, order)
        for index in order.parts.indices where order.parts[index].state == .shipped {
            order.parts[index].state = .delivered
            effect.changes.append(change(order.parts[index], message, order))
            var shipments = state.shipments[order.parts[index].id] ?? []
            for parcel in shipments.indices where shipments[parcel].state != .delivered {
                shipments[parcel].state = .delivered
                shipments[parcel].needsAttention = false
                effect.arrivals.append(
                    Shipments.Progress(
                        shipment: shipments[parcel].id, state: .delivered, needsAttention: false, deliveredAt: message.now,
                        at: message.now, message: message.id))
            }
            state.shipments[order.parts[index].id] = shipments
        }
        return complete(message, order, effect, &state)
    }

    private func complete(
        _ message: Received<Input>, _ order: OrderToFulfill, _ effect: Effect, _ state: inout State
    ) -> Decision<Effect> {
        var (order, effect) = (order, effect)
        order.ended = .completed
        effect.isCompleted = true
        state.orders[order.reference.order] = order
        let completed = OrderCompleted(
            reference: order.reference, currency: order.currency,
            shares: order.parts.filter { $0.state != .cancelled }.map(\.remainingShare))
        return Decision("completed", effect, causes: [Cause(completed)])
    }
}
