/// The currencies that orders may be in, by their ISO 4217 code.
public enum Currency: String, Sendable, CaseIterable {
    case cny = "CNY"
    case usd = "USD"
    case eur = "EUR"
    case gbp = "GBP"
    case hkd = "HKD"
    case jpy = "JPY"
    case sgd = "SGD"

    /// How many decimals its minor unit has: a fen is a hundredth, a yen is whole.
    public var decimals: Int { self == .jpy ? 0 : 2 }
}
