import Commerce
import Database
import FoundationEssentials
import Providers
import Store
import Synchronization
import Testing
import Work

@testable import Workers

@Suite struct TrackingWorkerTests {
    private func worker(
        subscribe: @escaping @Sendable (String?) throws(ProviderError) -> Void = { _ in },
        report: @escaping @Sendable () throws(ProviderError) -> TrackingReported? = { nil }
    ) -> Tracking {
        let courier = Courier(
            party: "courier", subscribe: { _, _, phone throws(ProviderError) in try subscribe(phone) },
            report: { _, _, _ throws(ProviderError) in try report() }, wantsPhone: { $0 == "shunfeng" },
            phones: { orders in Dictionary(uniqueKeysWithValues: orders.map { ($0, "8000") }) })
        return Tracking(courier: courier, schedule: PollSchedule(first: .seconds(10), longest: .seconds(60), limit: 3))
    }

    private func shipment(state: ShipmentState = .dispatched) -> Shipment {
        Shipment(
            id: UUID(), fulfillment: UUID(), carrier: "yuantong", waybill: "YT1", state: state, reference: someReference(),
            dispatchedAt: Date().addingTimeInterval(-86_400))
    }

    private func event(_ code: String, minutesAgo: Double) -> TrackingEvent {
        TrackingEvent(at: Date(milliseconds: Date().addingTimeInterval(-minutesAgo * 60).milliseconds), code: code, text: "…")
    }

    private func report(_ events: [TrackingEvent], _ shipment: UUID? = nil) -> TrackingReported {
        TrackingReported(carrier: "yuantong", waybill: "YT1", shipment: shipment, state: .dispatched, events: events)
    }

    private func dispatched(_ shipment: Shipment, carrier: String = "yuantong") -> Received<Tracking.Input> {
        received(
            .dispatched(
                ShipmentDispatched(
                    reference: shipment.reference, shipment: shipment.id, fulfillment: shipment.fulfillment, carrier: carrier,
                    waybill: shipment.waybill)))
    }

    private func due(_ shipment: Shipment, poll: Int64) -> Received<Tracking.Input> {
        received(
            .due(
                TrackingDue(
                    order: shipment.reference.order, shipment: shipment.id, carrier: shipment.carrier, waybill: shipment.waybill,
                    poll: poll)))
    }

    private func state(_ shipment: Shipment) -> Tracking.State {
        Tracking.State(shipments: [shipment.id: shipment])
    }

    // MARK: - Deciding

    @Test func `a parcel that left is polled in a while, unless it has arrived by then`() throws {
        let parcel = shipment()
        var state = state(parcel)
        let decision = try worker().decide(dispatched(parcel), .subscribed, &state)
        #expect(decision.outcome == "subscribed")
        let due = try TrackingDue(parsing: try #require(decision.causes.first).body)
        #expect(due.poll == 1)
        #expect(decision.causes[0].due != nil)
        var arrived = self.state(shipment(state: .delivered))
        let known = try #require(arrived.shipments.values.first)
        #expect(try worker().decide(dispatched(known), .subscribed, &arrived).causes.isEmpty)
    }

    @Test func `reports in any order, with repeats, tell of each step once`() throws {
        let events = [
            event("103", minutesAgo: 300), event("0", minutesAgo: 200), event("5", minutesAgo: 100), event("301", minutesAgo: 10),
        ]
        for shift in 0..<24 {
            var random = SystemRandomNumberGenerator()
            let parcel = shipment()
            var state = state(parcel)
            var types: [String] = []
            for batch in (events + events).shuffled(using: &random).map({ [$0] }) + [events] {
                let decision = try worker().decide(received(.reported(report(batch))), .nothing, &state)
                types += decision.causes.map(\.type)
                for cause in decision.causes where cause.type == ShipmentMoved.type {
                    #expect(try ShipmentMoved(parsing: cause.body).state < .delivered)
                }
            }
            #expect(types.filter { $0 == ShipmentDelivered.type }.count == 1, "run \(shift)")
            #expect(types.filter { $0 == ShipmentMoved.type }.count <= 2, "run \(shift)")
            #expect(state.shipments[parcel.id]?.state == .delivered)
        }
    }

    @Test func `a parcel is delivered when the carrier says it was, never before it left nor after now`() throws {
        for (minutesAgo, expected) in [(30.0, -1_800.0), (100_000, -86_400), (-60, 0)] {
            let parcel = shipment()
            var state = state(parcel)
            let decision = try worker().decide(
                received(.reported(report([event("3", minutesAgo: minutesAgo)]))), .nothing, &state)
            let delivered = try ShipmentDelivered(parsing: try #require(decision.causes.first).body)
            #expect(abs(delivered.at.timeIntervalSinceNow - expected) < 5)
        }
    }

    @Test func `a problem is told of without moving the parcel`() throws {
        let parcel = shipment(state: .moving)
        var state = state(parcel)
        let decision = try worker().decide(received(.reported(report([event("206", minutesAgo: 1)]))), .nothing, &state)
        let moved = try ShipmentMoved(parsing: try #require(decision.causes.first).body)
        #expect(moved.needsAttention)
        #expect(moved.state == .moving)
        #expect(try worker().decide(received(.reported(report([event("206", minutesAgo: 1)]))), .nothing, &state).causes.isEmpty)
    }

    @Test func `polls grow rarer, end with the journey, and call somebody when nothing is ever heard`() throws {
        let parcel = shipment()
        var state = state(parcel)
        let second = try worker().decide(due(parcel, poll: 1), .report(nil), &state)
        #expect(second.outcome == "nothing_new")
        #expect(abs(try #require(second.causes.first?.due).timeIntervalSinceNow - 20) < 5)
        let last = try worker().decide(due(parcel, poll: 3), .report(nil), &state)
        #expect(last.outcome == "given_up")
        #expect(try ShipmentMoved(parsing: try #require(last.causes.first).body).needsAttention)
        let arrival = try worker().decide(due(parcel, poll: 2), .report(report([event("3", minutesAgo: 1)], parcel.id)), &state)
        #expect(arrival.causes.map(\.type) == [ShipmentDelivered.type])
        #expect(try worker().decide(due(parcel, poll: 3), .report(nil), &state).outcome == "over")
    }

    @Test func `the schedule doubles up to its longest time`() {
        let schedule = PollSchedule(first: .seconds(10), longest: .seconds(60))
        #expect((1...5).map { schedule.delay(before: $0) } == [10, 20, 40, 60, 60].map { Duration.seconds($0) })
        #expect(schedule.delay(before: 1_000_000) == .seconds(60))
    }

    @Test func `a report that is ahead of its parcel waits, but not for ever`() throws {
        var state = Tracking.State()
        let early = received(Tracking.Input.reported(report([event("0", minutesAgo: 1)])))
        #expect(throws: Setback.wait(.seconds(5), "no parcel is known by this waybill")) { try worker().decide(early, .nothing, &state) }
        let late = received(Tracking.Input.reported(report([event("0", minutesAgo: 1)])), age: .seconds(121))
        #expect(try worker().decide(late, .nothing, &state).outcome == "unknown_parcel")
    }

    // MARK: - Asking

    @Test func `only carriers that want to know are told the last digits of the phone`() async {
        let told = Mutex<[String?]>([])
        let worker = worker(subscribe: { phone in told.withLock { $0.append(phone) } })
        let parcel = shipment()
        let answers = await worker.ask([dispatched(parcel), received(.reported(report([])))])
        #expect(answers == [.success(.subscribed), .success(.nothing)])
        _ = await worker.ask([dispatched(parcel, carrier: "shunfeng")])
        #expect(told.withLock { $0 } == [nil, "8000"])
    }

    @Test func `a courier that refuses or is away is asked again or polled, as fits`() async {
        let parcel = shipment()
        func failing(_ kind: ProviderError.Kind) -> Tracking {
            worker(
                subscribe: { _ throws(ProviderError) in throw ProviderError(party: "courier", kind: kind, message: "no") },
                report: { () throws(ProviderError) in throw ProviderError(party: "courier", kind: kind, message: "no") })
        }
        let messages = [dispatched(parcel), due(parcel, poll: 1)]
        let away = await failing(.away).ask(messages)
        #expect(away == [.failure(.away(party: "courier", "courier: no")), .failure(.away(party: "courier", "courier: no"))])
        let refused = await failing(.refused(code: "701", message: "")).ask(messages)
        #expect(refused == [.success(.refused), .success(.report(nil))])
        let unknown = await failing(.unknown).ask(messages)
        #expect(unknown == [.failure(.retry(after: nil, "courier: no")), .success(.report(nil))])
        let throttled = await failing(.throttled(retryAfter: .seconds(9))).ask(messages)
        #expect(throttled == [.failure(.wait(.seconds(9), "courier: no")), .success(.report(nil))])
    }

    // MARK: - In the database

    @Test func `what is known of a parcel is kept, and merges with what comes later`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let parcel = Shipment(
            id: UUID(), fulfillment: terms.shares[0].fulfillment, carrier: "yuantong", waybill: "YT1", reference: terms.reference,
            dispatchedAt: Date().addingTimeInterval(-86_400))
        try await premises.database.query(Shipments.insert([Stamped(parcel, Stamp(message: UUID(), at: Date()))]))
        let (van, signed) = (event("5", minutesAgo: 60), event("301", minutesAgo: 10))
        let worker = worker()
        let first = received(Tracking.Input.reported(report([van])))
        #expect(try await premises.run(worker, [first], answers: [.nothing]).map(\.outcome) == ["moved"])
        let both = received(Tracking.Input.reported(report([signed, van], parcel.id)))
        #expect(try await premises.run(worker, [both, both], answers: [.nothing, .nothing]).map(\.outcome) == ["delivered", "duplicate"])
        let late = received(Tracking.Input.reported(report([event("0", minutesAgo: 90)])))
        #expect(try await premises.run(worker, [late], answers: [.nothing]).map(\.outcome) == ["noted"])
        #expect(try await premises.text("SELECT state FROM shipments") == ["delivered"])
        #expect(try await premises.text("SELECT code FROM tracking_events ORDER BY at") == ["0", "5", "301"])
        let causes = try await premises.text("SELECT message_id::text FROM tracking_events ORDER BY at")
        #expect(causes == [late.id, first.id, both.id].map { $0.uuidString.lowercased() })
    }

    @Test func `two orders in one parcel are both told of it`() async throws {
        let premises = try await Premises()
        var parcels: [Shipment] = []
        for _ in 0..<2 {
            let terms = try await premises.order(isReserved: false)
            parcels.append(
                Shipment(
                    id: UUID(), fulfillment: terms.shares[0].fulfillment, carrier: "yuantong", waybill: "YT1", reference: terms.reference,
                    dispatchedAt: Date()))
        }
        try await premises.database.query(Shipments.insert(parcels.map { Stamped($0, Stamp(message: UUID(), at: Date())) }))
        let decisions = try await premises.run(
            worker(), [received(Tracking.Input.reported(report([event("3", minutesAgo: 1)])))], answers: [.nothing])
        #expect(Set(decisions[0].causes.map(\.order)) == Set(parcels.map(\.reference.order)))
    }
}
