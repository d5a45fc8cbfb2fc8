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
    }

    /// What is to be written for a message.
    struct Effect: Sendable, Equatable {
        var changes: [OrdersToFulfill.Change] = []
        /// A parcel that leaves.
        var shipment: Shipment?
        /// Parcels that the buyer says have arrived.
        var arrivals: [Shipments.Progress] = []
        var isCompleted = false
        let order: UUID
        let at: Date
        let message: UUID
    }

    func decode(_ body: [UInt8], type: String) throws -> Input {
        switch type {
        case OrderPaid.type: .paid(try OrderPaid(parsing: body))
        case FulfillmentShipped.type: .shipped(try FulfillmentShipped(parsing: body))
        case ShipmentDelivered.type: .delivered(try ShipmentDelivered(parsing: body))
        case ConfirmationDue.type: .confirmationDue(try ConfirmationDue(parsing: body))
        case OrderReceived.type: .received(try OrderReceived(parsing: body))
        default: throw Setback.dead("fulfillment does not handle \(type)")
        }
    }

    func load(_ messages: [Received<Input>], in transaction: Transaction) async throws -> State {
        let orders = Array(Set(messages.map(\.input.order)))
        let rows = try await transaction.queries(OrdersToFulfill.lock(orders: orders) + [Shipments.lock(orders: orders)])
        var state = State(orders: try OrdersToFulfill.decode(rows[0], rows[1]))
        for shipment in try Shipments.decode(rows[2]) { state.shipments[shipment.fulfillment] = shipment }
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
        let leaving = effects.compactMap { effect in effect.shipment.map { (shipment: $0, by: effect.message) } }
        if !leaving.isEmpty {
            queries.append(Shipments.insert(leaving))
            queries += Departures.move(
                leaving.map { shipment, message in
                    Departures.Departure(
                        shipment: shipment.id, order: shipment.reference.order, fulfillment: shipment.fulfillment,
                        at: shipment.dispatchedAt,
                        message: message)
                })
        }
        let arrivals = effects.flatMap(\.arrivals)
        if !arrivals.isEmpty { queries.append(Shipments.progress(arrivals)) }
        let completed = effects.filter(\.isCompleted)
        if !completed.isEmpty {
            queries.append(OrdersToFulfill.complete(completed.map { (order: $0.order, at: $0.at, message: $0.message) }))
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
        Effect(order: order.reference.order, at: message.now, message: message.id)
    }
}
