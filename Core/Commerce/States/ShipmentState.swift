/// The states of a parcel. A late report never moves it backwards; only a carrier's trouble can come and go.
public enum ShipmentState: String, State {
    case dispatched
    case moving
    case exception
    case delivered

    public static let transitions: [ShipmentState: Set<ShipmentState>] = [
        .dispatched: [.moving, .exception, .delivered],
        .moving: [.exception, .delivered],
        .exception: [.moving, .delivered],
        .delivered: [],
    ]

    public func name(in language: Language) -> String {
        switch (self, language) {
        case (.dispatched, .chinese): "已揽收"
        case (.dispatched, .english): "Dispatched"
        case (.moving, .chinese): "运输中"
        case (.moving, .english): "In transit"
        case (.exception, .chinese): "异常"
        case (.exception, .english): "Exception"
        case (.delivered, .chinese): "已签收"
        case (.delivered, .english): "Delivered"
        }
    }
}
