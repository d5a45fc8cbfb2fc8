/// How far a parcel has come. Ordered: a parcel goes up this list, by any number of steps at once, and never down.
public enum ShipmentState: String, Sendable, CaseIterable, Comparable {
    /// The merchant handed it over, or said so; the carrier has not seen it yet.
    case dispatched
    /// With the carrier.
    case moving
    /// On the last van, or waiting in a locker.
    case outForDelivery = "out_for_delivery"
    /// Refused or undeliverable, on its way back. Above `outForDelivery` because the way back is full of the same scans.
    case returning
    /// Back with the merchant.
    case returned
    /// The buyer has it. Above everything: what is reported after that is about another journey.
    case delivered

    private var rank: Int {
        switch self {
        case .dispatched: 0
        case .moving: 1
        case .outForDelivery: 2
        case .returning: 3
        case .returned: 4
        case .delivered: 5
        }
    }

    public static func < (left: ShipmentState, right: ShipmentState) -> Bool { left.rank < right.rank }

    /// Whether the journey is over and the carrier need not be asked again.
    public var isFinal: Bool { self >= .returned }
}
