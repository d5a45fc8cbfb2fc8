/// What a simulated buyer, and WeChat Pay with it, does with a trade: chosen by the last two digits of its amount in fen, so that the
/// caller can choose and nothing but the protocol is needed for it.
///
/// `sluice sandbox --help` prints this table.
public enum BuyerBehaviour: Int, CaseIterable, Sendable {
    case pays = 0
    case neverPays = 1
    case declines = 2
    case paysAndIsToldTwice = 3
    case paysLate = 4
    case paysAfterAFirstError = 5
    case paysAndIsNotTold = 6

    /// The behaviour for an amount, in fen.
    public init(total: Int64) {
        self = BuyerBehaviour(rawValue: Int(total % 100)) ?? .pays
    }

    /// The rule in words.
    public var explanation: String {
        switch self {
        case .pays: "…00 and all others: the buyer pays after a moment, and one notification says so"
        case .neverPays: "…01: the buyer never pays"
        case .declines: "…02: the payment fails; a query shows PAYERROR, and no notification comes"
        case .paysAndIsToldTwice: "…03: the buyer pays, and the notification comes twice within a second"
        case .paysLate: "…04: the money arrives after the expiry, even if the trade was closed by then"
        case .paysAfterAFirstError: "…05: the first prepay answers 500 SYSTEM_ERROR; the buyer of the second pays"
        case .paysAndIsNotTold: "…06: the buyer pays and the notification is lost; only a query shows it"
        }
    }

    /// The whole table, a line each.
    public static var table: String { allCases.map { "  \($0.explanation)" }.joined(separator: "\n") }
}
