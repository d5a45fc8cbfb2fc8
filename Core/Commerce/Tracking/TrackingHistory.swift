/// Everything that was reported of a parcel, and what it amounts to.
///
/// A join semilattice: histories are sets of events that only grow, and the parcel's state is a function of the set. So
/// pushes and polls may come in any order, any number of times, in any mixture: whoever has seen the same events says the
/// same of the parcel, and one that has seen more never says less.
public struct TrackingHistory: Sendable, Equatable {
    /// The events seen.
    public private(set) var events: Set<TrackingEvent.Key>
    /// How far the parcel has come: the furthest that any event says, and never less than `floor`.
    public private(set) var state: ShipmentState
    private var latest: TrackingEvent.Key?

    /// How many events of a parcel are kept. What comes after that is dropped unless it takes the parcel further.
    public static let limit = 512

    /// - Parameters:
    ///   - floor: what is known apart from events, for instance that the buyer says they have it.
    ///   - events: what is known already.
    public init(floor: ShipmentState = .dispatched, events: some Sequence<TrackingEvent.Key> = []) {
        self.events = []
        state = floor
        for event in events { _ = insert(event) }
    }

    /// Whether somebody should look after the parcel: the latest event is a problem, and the journey is not over.
    public var needsAttention: Bool {
        guard let latest, !state.isOver else { return false }
        return TrackingCode.meaning(of: latest.code).isProblem
    }

    /// Takes events in and returns those that were new.
    public mutating func merge(_ reported: [TrackingEvent]) -> [TrackingEvent] {
        var new: [TrackingEvent] = []
        for event in reported where insert(event.key) { new.append(event) }
        return new
    }

    /// Takes in what is known apart from events: that the parcel has come this far at least.
    public mutating func reach(_ state: ShipmentState) {
        self.state = max(self.state, state)
    }

    private mutating func insert(_ event: TrackingEvent.Key) -> Bool {
        let reached = TrackingCode.meaning(of: event.code).reached ?? .dispatched
        guard !events.contains(event), events.count < Self.limit || reached > state else { return false }
        events.insert(event)
        state = max(state, reached)
        latest = max(latest ?? event, event)
        return true
    }
}
