internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// What leaves.

extension Fulfillment {
    /// A merchant says that it shipped: the parcel's pieces leave the stock, and it is followed from now on.
    func ship(
        _ message: Received<Input>, _ shipped: FulfillmentShipped, _ order: OrderToFulfill, _ state: inout State
    ) throws -> Decision<Effect> {
        let index = try index(of: shipped.fulfillment, of: shipped.merchant, in: order)
        var part = order.parts[index]
        let id = ShipmentID.make(fulfillment: shipped.fulfillment, carrier: shipped.carrier, waybill: shipped.waybill)
        let isKnown = state.shipments[part.id]?.contains { shipment in
            // By its id also where its waybill was corrected since, and by its waybill where it was corrected to that.
            shipment.id == id || shipment.carrier == shipped.carrier && shipment.waybill == shipped.waybill
        }
        if isKnown == true { return Decision("duplicate") }
        if part.state == .planned, order.ended == nil { try wait(message, "the order is not paid") }
        guard order.ended == nil, part.state == .partiallyShipped || part.state.mayBecome(.partiallyShipped),
            let portions = Self.portions(shipped.portions, of: part)
        else { return refuse("ship", part, order) }
        guard let allocations = take(portions, of: order, &state) else { throw Setback.dead("no stock is reserved for every line") }

        var order = order
        let wasAsked = part.request != nil
        for portion in portions {
            for line in part.lines.indices where part.lines[line].n == portion.line { part.lines[line].shipped += portion.quantity }
        }
        part.state = part.lines.allSatisfy { $0.open == 0 } ? .shipped : .partiallyShipped
        part.request = nil
        part.note = nil
        order.parts[index] = part
        // Merchants' clocks differ from ours; what they say may lie in the past, never ahead.
        let shipment = Shipment(
            id: id, fulfillment: part.id, carrier: shipped.carrier, waybill: shipped.waybill, reference: order.reference,
            dispatchedAt: min(shipped.at, message.now),
            pieces: portions.map { portion in
                Pieces(n: portion.line, sku: part.lines.first { $0.n == portion.line }?.sku ?? "", quantity: portion.quantity)
            })
        var effect = effect(message, order)
        effect.changes = [change(part, message, order)]
        effect.departures = [shipment]
        effect.moves = [Stock.Move(id: id, kind: .ship, order: order.reference.order, allocations: allocations)]
        state.orders[order.reference.order] = order
        state.shipments[part.id, default: []].append(shipment)
        let dispatched = ShipmentDispatched(
            reference: order.reference, shipment: id, fulfillment: part.id, carrier: shipment.carrier, waybill: shipment.waybill)
        var causes = [Cause(dispatched)]
        // It was too late to cancel: the goods are gone.
        if wasAsked { causes.append(Cause(Self.refusal(of: part, "shipped", order))) }
        return Decision(part.state.rawValue, effect, causes: causes)
    }

    /// A parcel has another waybill than its merchant said: it keeps its id and is followed under the right one. Its id is still
    /// that of its first waybill, so that a late repeat of the merchant's word is known as one.
    func correct(
        _ message: Received<Input>, _ corrected: ShipmentCorrected, _ order: OrderToFulfill, _ state: inout State
    ) throws -> Decision<Effect> {
        let part = order.parts[try index(of: corrected.fulfillment, of: corrected.merchant, in: order)]
        var shipments = state.shipments[part.id] ?? []
        if shipments.contains(where: { $0.carrier == corrected.carrier && $0.waybill == corrected.waybill }) {
            return Decision("duplicate")
        }
        guard
            let index = shipments.firstIndex(where: { $0.carrier == corrected.wrongCarrier && $0.waybill == corrected.wrongWaybill }),
            !shipments[index].state.isOver
        else { return refuse("correct", part, order) }
        shipments[index].carrier = corrected.carrier
        shipments[index].waybill = corrected.waybill
        state.shipments[part.id] = shipments
        var effect = effect(message, order)
        effect.corrections = [shipments[index]]
        let dispatched = ShipmentDispatched(
            reference: order.reference, shipment: shipments[index].id, fulfillment: part.id, carrier: corrected.carrier,
            waybill: corrected.waybill)
        return Decision("corrected", effect, causes: [Cause(dispatched)])
    }

    /// What a parcel carries; nil where that is nothing, or not what is still to be shipped.
    private static func portions(_ wanted: [Portion]?, of part: FulfillmentPart) -> [Portion]? {
        let open = part.lines.filter { $0.open > 0 }.map { Portion(line: $0.n, quantity: $0.open) }
        guard let wanted else { return open.isEmpty ? nil : open }
        guard !wanted.isEmpty, Set(wanted.map(\.line)).count == wanted.count else { return nil }
        let isOpen = wanted.allSatisfy { portion in open.contains { $0.line == portion.line && portion.quantity <= $0.quantity } }
        return isOpen ? wanted : nil
    }

    /// Takes portions out of what is held for an order; nil where it isn't held.
    private func take(_ portions: [Portion], of order: OrderToFulfill, _ state: inout State) -> [Allocation]? {
        guard var holdings = state.holdings[order.reference.order] else { return nil }
        var allocations: [Allocation] = []
        for portion in portions {
            let taken = holdings.take(portion.quantity, ofLine: portion.line)
            guard taken.reduce(0, { $0 + $1.quantity }) == portion.quantity else { return nil }
            allocations += taken
        }
        state.holdings[order.reference.order] = holdings
        return allocations
    }
}
