internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store
internal import JSON
internal import Work

/// Follows parcels: asks the courier to tell of them, asks itself when it hears nothing, and merges whatever comes in
/// whatever order into one history (``TrackingHistory``).
struct Tracking: Worker {
    /// Whom to ask about parcels; nil where no courier's interface is configured: then only what is pushed counts.
    let courier: Courier?
    let schedule: PollSchedule
    /// How long a report may be ahead of the parcel it is about.
    var patience: Duration = .seconds(120)

    enum Input: Sendable, Equatable {
        case dispatched(ShipmentDispatched)
        case reported(TrackingReported)
        case due(TrackingDue)
    }

    /// What asking the courier brought.
    enum Answer: Sendable, Equatable {
        /// Nobody was asked.
        case nothing
        /// It will tell us, now or since an earlier time.
        case subscribed
        /// It won't: only polls are left.
        case refused
        /// What it says of the parcel; nil where it knows nothing (yet).
        case report(TrackingReported?)
    }

    /// The parcels of a batch as they stand.
    struct State: Sendable {
        var shipments: [UUID: Shipment] = [:]
        var histories: [UUID: TrackingHistory] = [:]

        /// Whom a report is about: the parcel it names, or all that travel under its waybill.
        func shipments(of report: TrackingReported) -> [Shipment] {
            if let id = report.shipment { return shipments[id].map { [$0] } ?? [] }
            return shipments.values.filter { $0.carrier == report.carrier && $0.waybill == report.waybill }
                .sorted { $0.id.text < $1.id.text }
        }
    }

    /// What is to be written for a message.
    struct Effect: Sendable, Equatable {
        var events: [TrackingEvents.New] = []
        var progress: [Shipments.Progress] = []

        var isEmpty: Bool { events.isEmpty && progress.isEmpty }
    }

    func decode(_ body: [UInt8], type: String) throws -> Input {
        switch type {
        case ShipmentDispatched.type: .dispatched(try ShipmentDispatched(parsing: body))
        case TrackingReported.type: .reported(try TrackingReported(parsing: body))
        case TrackingDue.type: .due(try TrackingDue(parsing: body))
        default: throw UnknownType(type: type)
        }
    }

    func load(_ messages: [Received<Input>], in transaction: Transaction) async throws -> State {
        var ids: Set<UUID> = []
        var waybills: Set<Shipments.Waybill> = []
        for message in messages {
            switch message.input {
            case .dispatched(let dispatched): ids.insert(dispatched.shipment)
            case .due(let due): ids.insert(due.shipment)
            case .reported(let report):
                if let id = report.shipment {
                    ids.insert(id)
                } else {
                    waybills.insert(Shipments.Waybill(carrier: report.carrier, number: report.waybill))
                }
            }
        }
        let rows = try await transaction.queries([
            Shipments.lock(ids: Array(ids), waybills: Array(waybills)), TrackingEvents.keys(ids: Array(ids), waybills: Array(waybills)),
        ])
        let events = try TrackingEvents.decode(rows[1])
        var state = State()
        for shipment in try Shipments.decode(rows[0]) {
            state.shipments[shipment.id] = shipment
            state.histories[shipment.id] = TrackingHistory(floor: shipment.state, events: events[shipment.id] ?? [])
        }
        return state
    }

    func save(_ effects: [Effect]) -> [Query] {
        var queries: [Query] = []
        let events = effects.flatMap(\.events)
        if !events.isEmpty { queries.append(TrackingEvents.insert(events)) }
        let progress = effects.flatMap(\.progress)
        if !progress.isEmpty { queries.append(Shipments.progress(progress)) }
        return queries
    }
}
