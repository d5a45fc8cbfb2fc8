internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store
internal import Work

/// Lets merchants ship what is paid, in parcels as they like, or hold or refuse it; cancels what is paid and not shipped; sends
/// the stock off with the parcels, and completes orders once everything has arrived and the buyer had time to object, or says so.
///
/// All that can happen to a paid order is decided here, under the lock of its row: so of a parcel and a cancellation, or of two
/// cancellations, one is first, and the other finds what it did.
struct Fulfillment: Worker {
    /// How long the buyer may object after the last parcel has arrived.
    let confirmationWindow: Duration
    /// How long a merchant may take to answer whether something can still be cancelled.
    var answerWindow: Duration = .seconds(86_400)
    /// How long a merchant's word that it shipped may be ahead of what it needs: after that it is a dead letter.
    var patience: Duration = .seconds(300)

    enum Input: Sendable, Equatable {
        case paid(OrderPaid)
        case shipped(FulfillmentShipped)
        case delivered(ShipmentDelivered)
        case confirmationDue(ConfirmationDue)
        case received(OrderReceived)
        case cancelRequested(FulfillmentCancelRequested)
        case cancellationDue(CancellationDue)
        case instructed(FulfillmentInstructed)
        case corrected(ShipmentCorrected)

        var order: UUID {
            switch self {
            case .paid(let message): message.order
            case .shipped(let message): message.order
            case .delivered(let message): message.order
            case .confirmationDue(let message): message.order
            case .received(let message): message.order
            case .cancelRequested(let message): message.order
            case .cancellationDue(let message): message.order
            case .instructed(let message): message.order
            case .corrected(let message): message.order
            }
        }

        /// Whether it may move stock.
        var movesStock: Bool {
            switch self {
            case .shipped, .cancelRequested, .cancellationDue: true
            case .instructed(let message): [.refuse, .short, .acceptCancellation].contains(message.instruction)
            case .paid, .delivered, .confirmationDue, .received, .corrected: false
            }
        }
    }

    /// The orders of a batch as they stand, and their parcels by fulfillment order.
    struct State: Sendable {
        var orders: [UUID: OrderToFulfill] = [:]
        var shipments: [UUID: [Shipment]] = [:]
        /// What is held for the orders of which something is shipped or cancelled.
        var holdings: [UUID: Stock.Holdings] = [:]
    }

    /// What is to be written for a message.
    struct Effect: Sendable {
        var changes: [OrdersToFulfill.Change] = []
        /// Parcels that leave.
        var departures: [Shipment] = []
        /// Parcels that have another waybill than was said.
        var corrections: [Shipment] = []
        /// What goes out of the stock, or back into it.
        var moves: [Stock.Move] = []
        /// Parcels that the buyer says have arrived.
        var arrivals: [Shipments.Progress] = []
        /// What is to be given back.
        var refund: Refunds.Due?
        var isCompleted = false
        /// Why the order ends as cancelled.
        var cancelled: CancelReason?
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
        case FulfillmentCancelRequested.type: .cancelRequested(try FulfillmentCancelRequested(parsing: body))
        case CancellationDue.type: .cancellationDue(try CancellationDue(parsing: body))
        case ShipmentCorrected.type: .corrected(try ShipmentCorrected(parsing: body))
        case FulfillmentInstructed.type: .instructed(try FulfillmentInstructed(parsing: body))
        default: throw UnknownType(type: type)
        }
    }

    func load(_ messages: [Received<Input>], in transaction: Transaction) async throws -> State {
        let orders = Array(Set(messages.map(\.input.order)))
        let moving = Array(Set(messages.lazy.filter(\.input.movesStock).map(\.input.order)))
        var queries = OrdersToFulfill.lock(orders: orders) + [Shipments.lock(orders: orders)]
        if !moving.isEmpty { queries.append(Stock.holdings(of: moving)) }
        let rows = try await transaction.queries(queries)
        var state = State(orders: try OrdersToFulfill.decode(rows[0], rows[1]))
        for shipment in try Shipments.decode(rows[2]) { state.shipments[shipment.fulfillment, default: []].append(shipment) }
        guard !moving.isEmpty else { return state }
        state.holdings = try Stock.holdings(from: rows[3])
        let skus = Set(state.holdings.values.lazy.flatMap(\.allocations).map(\.sku))
        if !skus.isEmpty { try await transaction.query(Stock.lock(Array(skus))) }
        return state
    }

    func decide(_ message: Received<Input>, _ answer: Void, _ state: inout State) throws -> Decision<Effect> {
        guard let order = state.orders[message.input.order] else {
            try wait(message, "the order is not known here")
        }
        return switch message.input {
        case .paid: release(message, order, &state)
        case .shipped(let shipped): try ship(message, shipped, order, &state)
        case .delivered(let delivered): try deliver(message, delivered, order, &state)
        case .confirmationDue: confirm(message, order, &state)
        case .received(let received): try receive(message, received, order, &state)
        case .cancelRequested(let request): cancel(message, request, order, &state)
        case .cancellationDue(let due): answerIsDue(message, due, order, &state)
        case .instructed(let instructed): try follow(message, instructed, order, &state)
        case .corrected(let corrected): try correct(message, corrected, order, &state)
        }
    }

    func save(_ effects: [Effect]) -> [Query] {
        var queries: [Query] = []
        let changes = effects.flatMap(\.changes)
        if !changes.isEmpty { queries.append(OrdersToFulfill.change(changes)) }
        let departures = effects.flatMap { effect in effect.departures.map { Stamped($0, effect.stamp) } }
        if !departures.isEmpty { queries.append(Shipments.insert(departures)) }
        let corrections = effects.flatMap { effect in effect.corrections.map { Stamped($0, effect.stamp) } }
        if !corrections.isEmpty { queries.append(Shipments.correct(corrections)) }
        let moves = effects.flatMap { effect in effect.moves.map { Stamped($0, effect.stamp) } }
        if !moves.isEmpty { queries += Stock.move(moves) }
        let arrivals = effects.flatMap(\.arrivals)
        if !arrivals.isEmpty { queries.append(Shipments.progress(arrivals)) }
        let refunds = effects.compactMap { effect in effect.refund.map { Stamped($0, effect.stamp) } }
        if !refunds.isEmpty { queries.append(Refunds.insert(refunds)) }
        let completed = effects.filter(\.isCompleted)
        if !completed.isEmpty {
            queries.append(Orders.complete(completed.map { Stamped($0.order, $0.stamp) }))
        }
        let cancelled = effects.compactMap { effect in effect.cancelled.map { Stamped((order: effect.order, reason: $0), effect.stamp) } }
        if !cancelled.isEmpty { queries += Orders.cancel(cancelled) }
        return queries
    }

    // MARK: - Waiting

    /// Puts a message off that is early, for as long as that can be the reason.
    func wait(_ message: Received<Input>, _ reason: String) throws(Setback) -> Never {
        let age = Duration.seconds(message.now.timeIntervalSince(message.publishedAt))
        guard age < patience else { throw .dead(reason) }
        throw .wait(.seconds(2), reason)
    }

    // MARK: - Common

    func effect(_ message: Received<Input>, _ order: OrderToFulfill) -> Effect {
        Effect(order: order.reference.order, stamp: Stamp(message))
    }

    func change(_ part: FulfillmentPart, _ message: Received<Input>, _ order: OrderToFulfill) -> OrdersToFulfill.Change {
        OrdersToFulfill.Change(order: order.reference.order, part: part, at: message.now, message: message.id)
    }

    /// Where in its order a merchant's fulfillment order is.
    func index(of fulfillment: UUID, of merchant: UUID, in order: OrderToFulfill) throws(Setback) -> Int {
        guard let index = order.parts.firstIndex(where: { $0.id == fulfillment }) else {
            throw .dead("the order has no such fulfillment order")
        }
        guard order.parts[index].merchant == merchant else { throw .dead("the fulfillment order is another merchant's") }
        return index
    }

    /// What a merchant said doesn't fit how its fulfillment order stands: it is told so, and nothing changes.
    func refuse(_ instruction: String, _ part: FulfillmentPart, _ order: OrderToFulfill) -> Decision<Effect> {
        let refused = InstructionRefused(
            reference: order.reference, fulfillment: part.id, merchant: part.merchant, instruction: instruction, state: part.state)
        return Decision("refused: \(part.state.rawValue)", causes: [Cause(refused)])
    }

    /// The buyer's time to object begins.
    func confirmationDue(_ message: Received<Input>, _ order: OrderToFulfill) -> Cause {
        Cause(
            ConfirmationDue.type, order: order.reference.order, body: ConfirmationDue(order: order.reference.order).encoded(),
            due: message.now.addingTimeInterval(confirmationWindow / .seconds(1)))
    }
}

extension OrderToFulfill {
    /// Whether everything that is not cancelled has arrived.
    var isDelivered: Bool {
        parts.contains { $0.state == .delivered } && parts.allSatisfy { $0.state == .delivered || $0.state == .cancelled }
    }
}
