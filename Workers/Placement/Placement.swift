internal import Commerce
public import Database
internal import FoundationEssentials
internal import Store
public import Work

/// Stores an order once, gives it its number and splits it among its merchants; ends one that can't go on before it is paid, and
/// has one cancelled that is.
public struct Placement: Worker {
    /// How long a request to cancel waits for an order that is not there yet: it may have overtaken it.
    static let patience: TimeInterval = 600

    public init() {}

    public func decode(_ body: [UInt8], type: String) throws -> PlacementInput {
        try PlacementInput(body, type: type)
    }

    public func load(_ messages: [Received<PlacementInput>], in transaction: Transaction) async throws -> PlacementState {
        var state = PlacementState()
        let cancellations = messages.compactMap(\.input.cancellation)
        if !cancellations.isEmpty { try await load(messages, cancelling: cancellations.map(\.order), into: &state, transaction) }
        let submitted = messages.compactMap(\.input.submitted)
        guard !submitted.isEmpty else { return state }
        let rows = try await transaction.queries([
            Orders.digests(of: submitted.map(\.order)),
            Parties.openStorefronts(Array(Set(submitted.map(\.storefront)))),
            Parties.commissions(Array(Set(submitted.lazy.flatMap(\.lines).map(\.merchant)))),
        ])
        state.digests = try Orders.digests(from: rows[0])
        state.storefronts = try Parties.storefronts(from: rows[1])
        state.commissions = try Parties.commissions(from: rows[2])
        return state
    }

    /// Closes or locks the payments first, so that none of these orders is paid meanwhile, then locks the orders.
    private func load(
        _ messages: [Received<PlacementInput>], cancelling orders: [UUID], into state: inout PlacementState, _ transaction: Transaction
    ) async throws {
        let requests = messages.compactMap { message in
            message.input.cancellation.map { Stamped((order: $0.order, storefront: $0.storefront), Stamp(message)) }
        }
        let rows = try await transaction.queries([PaymentRows.bar(requests), PaymentRows.lock(orders), Orders.lockForCancelling(orders)])
        state.cancellable = try Orders.cancellable(from: rows[2])
    }

    public func decide(_ message: Received<PlacementInput>, _ answer: Void, _ state: inout PlacementState) throws -> Decision<
        PlacementEffect
    > {
        switch message.input {
        case .submitted(let submitted): place(submitted, message, &state)
        case .cancelled(let cancellation): try cancel(cancellation, message, &state)
        }
    }

    private func place(
        _ submitted: OrderSubmitted, _ message: Received<PlacementInput>, _ state: inout PlacementState
    ) -> Decision<PlacementEffect> {
        if let digest = state.digests[submitted.order] {
            return digest == submitted.digest ? Decision("duplicate") : reject(submitted, Rejection(.idempotencyConflict))
        }
        guard state.storefronts.contains(submitted.storefront) else {
            return reject(submitted, Rejection(.unknownStorefront, "/storefront"))
        }
        do {
            let placed = try PlacedOrder(submitted, commissions: state.commissions, attempt: message.attempt)
            state.digests[submitted.order] = submitted.digest
            state.placed.insert(submitted.order)
            let lines = submitted.lines.enumerated().map { Pieces(n: Int64($0 + 1), sku: $1.sku, quantity: $1.quantity) }
            return Decision(
                "placed", .place(Stamped(placed, Stamp(message))),
                causes: [Cause(OrderPlaced(terms: placed.terms, lines: lines, policy: .allOrNothing))])
        } catch {
            return reject(submitted, error)
        }
    }

    private func reject(_ submitted: OrderSubmitted, _ rejection: Rejection) -> Decision<PlacementEffect> {
        let rejected = OrderRejected(
            order: submitted.order, storefront: submitted.storefront, reason: rejection.reason, pointer: rejection.pointer)
        return Decision(
            "rejected: \(rejection.reason.rawValue)", causes: [Cause(OrderRejected.type, order: submitted.order, body: rejected.encoded())])
    }

    private func cancel(
        _ cancellation: Cancellation, _ message: Received<PlacementInput>, _ state: inout PlacementState
    ) throws -> Decision<PlacementEffect> {
        guard var order = state.cancellable[cancellation.order] else {
            if state.placed.contains(cancellation.order) { throw Setback.wait(.seconds(1), "the order is being placed") }
            let age = message.now.timeIntervalSince(cancellation.since ?? message.publishedAt)
            if age < Self.patience { throw Setback.wait(.seconds(5), "the order is not there yet") }
            return Decision("unknown")
        }
        if let storefront = cancellation.storefront, storefront != order.reference.storefront { return Decision("foreign") }
        switch (order.ended, order.payment) {
        case (.cancelled, _): return Decision("already cancelled")
        case (.some, _), (_, .paid):
            guard cancellation.reason == .requested, let words = cancellation.words else { return Decision("late: paid") }
            // What is paid is cancelled where it is shipped, part by part.
            let forward = FulfillmentCancelRequested(
                order: cancellation.order, storefront: order.reference.storefront, reason: words)
            return Decision(
                "paid: forwarded", causes: [Cause(FulfillmentCancelRequested.type, order: cancellation.order, body: forward.encoded())])
        default: break
        }
        order.ended = .cancelled
        state.cancellable[cancellation.order] = order
        let cancelled = OrderCancelled(reference: order.reference, reason: cancellation.reason, wasReserved: order.isReserved)
        return Decision(
            "cancelled", .cancel(Stamped((order: cancellation.order, reason: cancellation.reason), Stamp(message))),
            causes: [Cause(cancelled)])
    }

    public func save(_ effects: [PlacementEffect]) -> [Query] {
        let placed = effects.compactMap(\.placed)
        let cancelled = effects.compactMap(\.cancelled)
        return (placed.isEmpty ? [] : Orders.insert(placed)) + (cancelled.isEmpty ? [] : Orders.cancel(cancelled))
    }
}
