/// What befalls a parcel and the news of it: chosen by the last digit of its waybill.
///
/// `sluice sandbox --help` prints this table.
public enum ParcelBehaviour: Int, CaseIterable, Sendable {
    case plain = 0
    case pushedOutOfOrder = 1
    case pushedTwice = 2
    case neverPushed = 3
    case troubled = 4

    /// The behaviour for a waybill.
    public init(waybill: String) {
        let digit = waybill.utf8.last.map { Int($0) - Int(UInt8(ascii: "0")) } ?? 0
        self = ParcelBehaviour(rawValue: digit) ?? .plain
    }

    /// The rule in words.
    public var explanation: String {
        switch self {
        case .plain: "…0 and all others: collected, in transit, out for delivery, signed; a push for each scan"
        case .pushedOutOfOrder: "…1: a push of an earlier scan comes after that of a later one"
        case .pushedTwice: "…2: every push comes twice"
        case .neverPushed: "…3: the pushes are lost; only a query shows where the parcel is"
        case .troubled: "…4: a delivery fails on the way, and the next one succeeds"
        }
    }

    /// The whole table, a line each.
    public static var table: String { allCases.map { "  \($0.explanation)" }.joined(separator: "\n") }
}
