/// How far a parcel has come. Ordered: a parcel goes up this list, by any number of steps at once, and never down. That
/// somebody should look after it is not a place on this list but a mark of its own: see ``TrackingHistory/needsAttention``.
public enum ShipmentState: String, State, Comparable {
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
    public var isOver: Bool { self >= .returned }

    public static let transitions: [ShipmentState: Set<ShipmentState>] = [
        .dispatched: [.moving, .outForDelivery, .returning, .returned, .delivered],
        .moving: [.outForDelivery, .returning, .returned, .delivered],
        .outForDelivery: [.returning, .returned, .delivered],
        .returning: [.returned, .delivered],
        .returned: [.delivered],
        .delivered: [],
    ]

    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.dispatched, .chinese): "已发货"
        case (.dispatched, .english): "Dispatched"
        case (.moving, .chinese): "运输中"
        case (.moving, .english): "In transit"
        case (.outForDelivery, .chinese): "派送中"
        case (.outForDelivery, .english): "Out for delivery"
        case (.returning, .chinese): "退回中"
        case (.returning, .english): "Being returned"
        case (.returned, .chinese): "已退回"
        case (.returned, .english): "Returned"
        case (.delivered, .chinese): "已签收"
        case (.delivered, .english): "Delivered"
        }
    }
}
