/// What Kuaidi100's state codes mean (its document "快递单当前状态", main states of one or two digits, sub-states of three or four).
public enum TrackingCode {
    /// How far a parcel with this event has come at least, and whether somebody should look after it.
    public struct Meaning: Sendable, Equatable {
        /// Nil where the event says nothing about how far it came.
        public let reached: ShipmentState?
        /// Whether the event is a problem: held, damaged, refused, unreachable.
        public let isProblem: Bool
    }

    /// The meaning of a code. A sub-state that is not listed counts as its main state; what is unknown altogether, or empty,
    /// is a scan by the carrier, so the parcel is moving.
    public static func meaning(of code: String) -> Meaning {
        switch code {
        case "101", "102": return Meaning(reached: .dispatched, isProblem: false)
        case "13": return Meaning(reached: .moving, isProblem: true)
        case "14": return Meaning(reached: .returning, isProblem: true)
        default: break
        }
        guard code.utf8.count == 1 || code.utf8.count == 3 else { return Meaning(reached: .moving, isProblem: false) }
        switch code.utf8.first {
        case UInt8(ascii: "2"): return Meaning(reached: nil, isProblem: true)
        case UInt8(ascii: "3"): return Meaning(reached: .delivered, isProblem: false)
        case UInt8(ascii: "4"): return Meaning(reached: .returned, isProblem: false)
        case UInt8(ascii: "5"): return Meaning(reached: .outForDelivery, isProblem: false)
        case UInt8(ascii: "6"): return Meaning(reached: .returning, isProblem: false)
        default: return Meaning(reached: .moving, isProblem: false)
        }
    }
}
