internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store
internal import Work

/// Lets merchants ship what is paid, sends the stock off with the parcels, and completes orders once everything has arrived
/// and the buyer had time to object, or says so.
struct Fulfillment: Worker {
    /// How long the buyer may object after the last parcel has arrived.
    let confirmationWindow: Duration
    /// How long a merchant's word that it shipped may be ahead of what it needs: after that it is a dead letter.
    var patience: Duration = .seconds(300)

    enum Input: Sendable, Equatable {
        case paid(OrderPaid)
        case shipped(FulfillmentShipped)
        case delivered(ShipmentDelivered)
        case confirmationDue(ConfirmationDue)
        case received(OrderReceived)

        var order: UUID {
            switch self {
            case .paid(let message): message.order
            case .shipped(let message): message.order
            case .delivered(let message): message.order
            case .confirmationDue(let message): message.order
            case .received(let message): message.order
            }
        }
    }

    /// The orders of a batch as they stand, and their parcels by fulfillment order.
    struct State: Sendable {
        var orders: [UUID: OrderToFulfill] = [:]
        var shipments: [UUID: Shipment] = [:]
        /// What is held for the orders of which something is shipped.
        var reservations: [UUID: Stock.Reservation] = [:]
    }

    /// What is to be written for a message.
    struct Effect: Sendable {
        var changes: [OrdersToFulfill.Change] = []
        /// A parcel that leaves, and what it takes out of the stock.
        var departure: (shipment: Shipment, move: Stock.Move)?
        /// Parcels that the buyer says have arrived.
        var arrivals: [Shipments.Progress] = []
        var isCompleted = false
        let order: UUID
        let stamp: Stamp
    }

    func decode(_ body: [UInt8], type: String) throws -> Input {
        switch type {
        case OrderPaid.type: .paid(try OrderPaid(parsing: body))
        case FulfillmentShipped.type: .shipped(try FulfillmentShipped(parsing: body))
        case ShipmentDelivered.type: .delivered(try ShipmentDelivered(parsing: body))
        case ConfirmationDue.type: .confirmationDue(try ConfirmationDue(parsing: body))
        case OrderReceived.type: .received(try OrderReceived(parsing: body))
        default: throw UnknownType(type: type)
        }
    }

    func load(_ messages: [Received<Input>], in transaction: Transaction) async throws -> State {
        let orders = Array(Set(messages.map(\.input.order)))
        let leaving = Array(
            Set(
                messages.compactMap { message in
                    if case .shipped(let shipped) = message.input { shipped.order } else { nil }
                }))
        let rows = try await transaction.queries(
            OrdersToFulfill.lock(orders: orders) + [Shipments.lock(orders: orders), Stock.reservations(of: leaving)])
        var state = State(orders: try OrdersToFulfill.decode(rows[0], rows[1]), reservations: try Stock.reservations(from: rows[3]))
        for shipment in try Shipments.decode(rows[2]) { state.shipments[shipment.fulfillment] = shipment }
        let skus = Set(state.reservations.values.flatMap { $0.allocations.map(\.sku) })
        if !skus.isEmpty { try await transaction.query(Stock.lock(Array(skus))) }
        return state
    }

    func decide(_ message: Received<Input>, _ answer: Void, _ state: inout State) throws -> Decision<Effect> {
        guard let order = state.orders[message.input.order] else {
            try wait(message, "the order is not known here")
        }
        return switch message.input {
        case .paid: try release(message, order, &state)
        case .shipped(let shipped): try ship(message, shipped, order, &state)
        case .delivered(let delivered): try deliver(message, delivered, order, &state)
        case .confirmationDue: confirm(message, order, &state)
        case .received(let received): try receive(message, received, order, &state)
        }
    }

    func save(_ effects: [Effect]) -> [Query] {
        var queries: [Query] = []
        let changes = effects.flatMap(\.changes)
        if !changes.isEmpty { queries.append(OrdersToFulfill.change(changes)) }
        let leaving = effects.compactMap { effect in effect.departure.map { Stamped($0, effect.stamp) } }
        if !leaving.isEmpty {
            queries.append(Shipments.insert(leaving.map { Stamped($0.value.shipment, $0.stamp) }))
            queries += Stock.move(leaving.map { Stamped($0.value.move, $0.stamp) })
        }
        let arrivals = effects.flatMap(\.arrivals)
        if !arrivals.isEmpty { queries.append(Shipments.progress(arrivals)) }
        let completed = effects.filter(\.isCompleted)
        if !completed.isEmpty {
            queries.append(Orders.complete(completed.map { Stamped($0.order, $0.stamp) }))
        }
        return queries
    }

    // MARK: - Waiting

    /// Puts a message off that is early, for as long as that can be the reason.
    func wait(_ message: Received<Input>, _ reason: String) throws(Setback) -> Never {
        let age = Duration.seconds(message.now.timeIntervalSince(message.publishedAt))
        guard age < patience else { throw .dead(reason) }
        throw .wait(.seconds(2), reason)
    }

    func effect(_ message: Received<Input>, _ order: OrderToFulfill) -> Effect {
        Effect(order: order.reference.order, stamp: Stamp(message))
    }
}
