internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// What each message leads to.

extension Tracking {
    func decide(_ message: Received<Input>, _ answer: Answer, _ state: inout State) throws -> Decision<Effect> {
        switch message.input {
        case .dispatched(let dispatched): try follow(message, dispatched, answer, &state)
        case .reported(let report): try merge(message, report, &state)
        case .due(let due): try poll(message, due, answer, &state)
        }
    }

    /// A parcel left: the courier is asked in a while, should it not tell us before.
    private func follow(
        _ message: Received<Input>, _ dispatched: ShipmentDispatched, _ answer: Answer, _ state: inout State
    ) throws -> Decision<Effect> {
        guard let shipment = state.shipments[dispatched.shipment] else { throw Setback.dead("there is no such shipment") }
        guard answer != .nothing else { return Decision("not_followed") }
        let outcome = answer == .subscribed ? "subscribed" : "only_polled"
        if shipment.state.isOver { return Decision(outcome) }
        return Decision(outcome, causes: [next(shipment, poll: 1, at: message.now)])
    }

    /// A courier told of a parcel, maybe before we had written down that it left.
    private func merge(_ message: Received<Input>, _ report: TrackingReported, _ state: inout State) throws -> Decision<Effect> {
        let shipments = state.shipments(of: report)
        guard !shipments.isEmpty else {
            guard Duration.seconds(message.now.timeIntervalSince(message.publishedAt)) < patience else { return Decision("unknown_parcel") }
            throw Setback.wait(.seconds(5), "no parcel is known by this waybill")
        }
        var effect = Effect()
        var causes: [Cause] = []
        var outcome = "duplicate"
        for shipment in shipments {
            outcome = take(report, shipment, message, &state, &effect, &causes) ?? outcome
        }
        return Decision(outcome, effect.isEmpty ? nil : effect, causes: causes)
    }

    /// It is time to ask; when the parcel has not come to its end by now, it will be time again later.
    private func poll(_ message: Received<Input>, _ due: TrackingDue, _ answer: Answer, _ state: inout State) throws -> Decision<Effect> {
        guard let shipment = state.shipments[due.shipment] else { throw Setback.dead("there is no such shipment") }
        guard !shipment.state.isOver else { return Decision("over") }
        var effect = Effect()
        var causes: [Cause] = []
        var outcome = "nothing_new"
        if case .report(let report?) = answer {
            outcome = take(report, shipment, message, &state, &effect, &causes) ?? outcome
        }
        let current = state.shipments[due.shipment] ?? shipment
        if !current.state.isOver {
            if due.poll < schedule.limit {
                causes.append(next(current, poll: due.poll + 1, at: message.now))
            } else {
                outcome = "given_up"
                if !current.needsAttention { mark(current, message, &state, &effect, &causes) }
            }
        }
        return Decision(outcome, effect.isEmpty ? nil : effect, causes: causes)
    }

    // MARK: - Merging

    /// Merges a report into a parcel's history. Returns what came of it in a word; nil where nothing was new.
    private func take(
        _ report: TrackingReported, _ shipment: Shipment, _ message: Received<Input>, _ state: inout State, _ effect: inout Effect,
        _ causes: inout [Cause]
    ) -> String? {
        var history = state.histories[shipment.id] ?? TrackingHistory(floor: shipment.state)
        let new = history.merge(report.events)
        history.reach(report.state)
        state.histories[shipment.id] = history
        effect.events += new.map { TrackingEvents.New(shipment: shipment.id, event: $0, reportedAt: message.now, message: message.id) }
        let isFurther = history.state > shipment.state
        guard isFurther || history.needsAttention != shipment.needsAttention else { return new.isEmpty ? nil : "noted" }

        var moved = shipment
        moved.state = history.state
        moved.needsAttention = history.needsAttention
        state.shipments[shipment.id] = moved
        let arrived = isFurther && moved.state == .delivered ? arrival(report, shipment, message.now) : nil
        effect.progress.append(progress(moved, deliveredAt: arrived, message))
        if let arrived {
            causes.append(
                Cause(
                    ShipmentDelivered(
                        reference: moved.reference, shipment: moved.id, fulfillment: moved.fulfillment, at: arrived)))
            return "delivered"
        }
        guard isFurther || moved.needsAttention else { return "noted" }
        causes.append(
            Cause(
                ShipmentMoved(
                    reference: moved.reference, shipment: moved.id, state: moved.state, needsAttention: moved.needsAttention)))
        return "moved"
    }

    /// When a parcel was delivered: by the first event that says so, or now where none does; not before it left, not ahead of us.
    private func arrival(_ report: TrackingReported, _ shipment: Shipment, _ now: Date) -> Date {
        let said = report.events.filter { TrackingCode.meaning(of: $0.code).reached == .delivered }.map(\.at).min() ?? now
        return min(max(said, shipment.dispatchedAt), now)
    }

    /// Nobody can say where a parcel is: somebody has to look.
    private func mark(
        _ shipment: Shipment, _ message: Received<Input>, _ state: inout State, _ effect: inout Effect, _ causes: inout [Cause]
    ) {
        var shipment = shipment
        shipment.needsAttention = true
        state.shipments[shipment.id] = shipment
        effect.progress.append(progress(shipment, deliveredAt: nil, message))
        causes.append(
            Cause(ShipmentMoved(reference: shipment.reference, shipment: shipment.id, state: shipment.state, needsAttention: true)))
    }

    private func progress(_ shipment: Shipment, deliveredAt: Date?, _ message: Received<Input>) -> Shipments.Progress {
        Shipments.Progress(
            shipment: shipment.id, state: shipment.state, needsAttention: shipment.needsAttention, deliveredAt: deliveredAt,
            at: message.now,
            message: message.id)
    }

    private func next(_ shipment: Shipment, poll: Int64, at now: Date) -> Cause {
        let due = TrackingDue(
            order: shipment.reference.order, shipment: shipment.id, carrier: shipment.carrier, waybill: shipment.waybill, poll: poll)
        return Cause(
            TrackingDue.type, order: shipment.reference.order, body: due.encoded(),
            due: now.addingTimeInterval(schedule.delay(before: poll) / .seconds(1)))
    }
}
