internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// What each message leads to.

extension Fulfillment {
    /// An order is paid: its merchants are told to ship.
    func release(_ message: Received<Input>, _ order: OrderToFulfill, _ state: inout State) throws -> Decision<Effect> {
        guard order.ended != .cancelled else { throw Setback.dead("paid, but the order is cancelled") }
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
                        reference: order.reference, fulfillment: part.id, merchant: part.merchant, lines: part.lines, sealed: order.sealed,
                        region: order.region)))
        }
        guard !causes.isEmpty else { return Decision("duplicate") }
        state.orders[order.reference.order] = order
        return Decision("released", effect, causes: causes)
    }

    /// A merchant says that it shipped: its pieces leave the stock, and the parcel is followed from now on.
    func ship(
        _ message: Received<Input>, _ shipped: FulfillmentShipped, _ order: OrderToFulfill, _ state: inout State
    ) throws -> Decision<Effect> {
        guard let index = order.parts.firstIndex(where: { $0.id == shipped.fulfillment }) else {
            throw Setback.dead("the order has no such fulfillment order")
        }
        guard order.parts[index].merchant == shipped.merchant else {
            throw Setback.dead("the fulfillment order is another merchant's")
        }
        if let shipment = state.shipments[shipped.fulfillment] {
            if shipment.carrier == shipped.carrier, shipment.waybill == shipped.waybill { return Decision("duplicate") }
            throw Setback.dead("already shipped, with another waybill")
        }
        if order.ended == .cancelled || order.parts[index].state == .cancelled { return Decision("cancelled") }
        if order.parts[index].state == .planned { try wait(message, "the order is not paid") }
        guard order.parts[index].state == .released else { throw Setback.dead("already shipped, without a parcel on record") }
        let numbers = order.parts[index].lines.map(\.n)
        guard let reservation = state.reservations[order.reference.order], reservation.isHeld,
            Set(numbers).isSubset(of: reservation.allocations.map(\.line))
        else { throw Setback.dead("no stock is reserved for every line") }

        var order = order
        order.parts[index].state = .shipped
        // Merchants' clocks differ from ours; what they say may lie in the past, never ahead.
        let shipment = Shipment(
            id: ShipmentID.make(fulfillment: shipped.fulfillment, carrier: shipped.carrier, waybill: shipped.waybill),
            fulfillment: shipped.fulfillment, carrier: shipped.carrier, waybill: shipped.waybill, reference: order.reference,
            dispatchedAt: min(shipped.at, message.now))
        var effect = effect(message, order)
        effect.changes = [change(order.parts[index], message, order)]
        effect.departure = (
            shipment, .ship(order.reference.order, fulfillment: shipment.fulfillment, lines: numbers, of: reservation)
        )
        state.orders[order.reference.order] = order
        state.shipments[shipment.fulfillment] = shipment
        let dispatched = ShipmentDispatched(
            reference: order.reference, shipment: shipment.id, fulfillment: shipment.fulfillment, carrier: shipment.carrier,
            waybill: shipment.waybill)
        return Decision("shipped", effect, causes: [Cause(dispatched)])
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
        var order = order
        order.parts[index].state = .delivered
        var effect = effect(message, order)
        effect.changes = [change(order.parts[index], message, order)]
        state.orders[order.reference.order] = order
        guard order.isDelivered, order.ended == nil else { return Decision("delivered", effect) }
        let due = Cause(
            ConfirmationDue.type, order: order.reference.order, body: ConfirmationDue(order: order.reference.order).encoded(),
            due: message.now.addingTimeInterval(confirmationWindow / .seconds(1)))
        return Decision("all_delivered", effect, causes: [due])
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
            guard var shipment = state.shipments[order.parts[index].id] else { continue }
            shipment.state = .delivered
            shipment.needsAttention = false
            state.shipments[shipment.fulfillment] = shipment
            effect.arrivals.append(
                Shipments.Progress(
                    shipment: shipment.id, state: .delivered, needsAttention: false, deliveredAt: message.now, at: message.now,
                    message: message.id))
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
            reference: order.reference, currency: order.currency, shares: order.parts.filter { $0.state != .cancelled }.map(\.share))
        return Decision("completed", effect, causes: [Cause(completed)])
    }

    private func change(_ part: FulfillmentPart, _ message: Received<Input>, _ order: OrderToFulfill) -> OrdersToFulfill.Change {
        OrdersToFulfill.Change(order: order.reference.order, id: part.id, state: part.state, at: message.now, message: message.id)
    }
}

extension OrderToFulfill {
    /// Whether everything that is not cancelled has arrived.
    fileprivate var isDelivered: Bool {
        parts.contains { $0.state == .delivered } && parts.allSatisfy { $0.state == .delivered || $0.state == .cancelled }
    }
}
