internal import Commerce
public import Database
internal import FoundationEssentials
public import Store
public import Work

/// Holds every line of an order in one go, or none; lets go what a cancelled order held.
///
/// All orders of a batch that want one SKU are decided in memory and change its row once: a SKU that everybody wants costs
/// no more than any other.
public struct Inventory: Worker {
    public init() {}

    public func decode(_ body: [UInt8], type: String) throws -> InventoryInput {
        switch type {
        case OrderPlaced.type: .placed(try OrderPlaced(parsing: body))
        case OrderCancelled.type: .cancelled(try OrderCancelled(parsing: body))
        default: throw UnknownType(type: type)
        }
    }

    public func load(_ messages: [Received<InventoryInput>], in transaction: Transaction) async throws -> InventoryState {
        let placed = messages.compactMap(\.input.placed)
        let cancelled = messages.compactMap { message in message.input.cancelled.map { Stamped($0.order, Stamp(message)) } }
        var skus = Set(placed.lazy.flatMap(\.lines).map(\.sku))
        guard !cancelled.isEmpty else {
            let rows = try await transaction.queries([Stock.lock(Array(skus)), Stock.reservations(of: placed.map(\.order))])
            return InventoryState(shelves: try Stock.shelves(from: rows[0]), reservations: try Stock.reservations(from: rows[1]))
        }
        // Stock is locked before reservations, as by everybody. What is to be let go is looked up first to know its SKUs;
        // what appears after that look is released all the same, and only its lock comes out of order.
        let orders = cancelled.map(\.value)
        let held = try Stock.reservations(from: try await transaction.query(Stock.reservations(of: orders)))
        for reservation in held.values { skus.formUnion(reservation.allocations.lazy.map(\.sku)) }
        let locked = try await transaction.query(Stock.lock(Array(skus)))
        // An order that is placed and cancelled in one batch must not find its own bar.
        let alone = Set(orders).subtracting(placed.lazy.map(\.order))
        let rows = try await transaction.queries([
            Stock.bar(cancelled.filter { alone.contains($0.value) }),
            Stock.lockReservations(of: Array(Set(orders).union(placed.lazy.map(\.order)))),
        ])
        return InventoryState(shelves: try Stock.shelves(from: locked), reservations: try Stock.reservations(from: rows[1]))
    }

    public func decide(_ message: Received<InventoryInput>, _ answer: Void, _ state: inout InventoryState) throws -> Decision<
        Stamped<Stock.Move>
    > {
        switch message.input {
        case .placed(let placed): reserve(placed, message, &state)
        case .cancelled(let cancelled): release(cancelled, message, &state)
        }
    }

    private func reserve(
        _ placed: OrderPlaced, _ message: Received<InventoryInput>, _ state: inout InventoryState
    ) -> Decision<Stamped<Stock.Move>> {
        let order = placed.order
        if let reservation = state.reservations[order] {
            // Nothing is held for an order that was short, or cancelled before it came here.
            return Decision(reservation.allocations.isEmpty ? "barred" : "duplicate")
        }
        let taking = state.shelves.take(placed.lines)
        guard case .taken(let allocations) = taking else {
            state.reservations[order] = Stock.Reservation(allocations: [], isReleased: false)
            guard case .short(let skus) = taking else { return Decision("short") }
            return Decision(
                "short", Stamped(.reserve(order, []), Stamp(message)),
                causes: [Cause(StockShort(reference: placed.terms.reference, skus: skus))])
        }
        state.reservations[order] = Stock.Reservation(allocations: allocations, isReleased: false)
        return Decision(
            "reserved", Stamped(.reserve(order, allocations), Stamp(message)), causes: [Cause(StockReserved(terms: placed.terms))])
    }

    private func release(
        _ cancelled: OrderCancelled, _ message: Received<InventoryInput>, _ state: inout InventoryState
    ) -> Decision<Stamped<Stock.Move>> {
        let order = cancelled.order
        guard let reservation = state.reservations[order] else {
            // Cancelled before it was placed here, in one batch: what comes later finds the bar.
            state.reservations[order] = Stock.Reservation(allocations: [], isReleased: false)
            return Decision("barred", Stamped(.reserve(order, []), Stamp(message)))
        }
        guard reservation.isHeld else { return Decision(reservation.allocations.isEmpty ? "nothing held" : "duplicate") }
        for allocation in reservation.allocations { state.shelves.giveBack(allocation) }
        state.reservations[order]?.isReleased = true
        return Decision(
            "released", Stamped(.release(order, reservation.allocations), Stamp(message)),
            causes: [Cause(StockReleased.type, order: order, body: StockReleased(order: order).encoded())])
    }

    public func save(_ effects: [Stamped<Stock.Move>]) -> [Query] {
        Stock.move(effects)
    }
}
