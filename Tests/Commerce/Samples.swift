import Commerce
import FoundationEssentials
import JSON

/// Orders made up for tests.
enum Sample {
    static let storefront = UUID(text: "5f0e4a70-0000-4000-8000-000000000001")!
    static let merchants = (0..<4).map { UUID(text: "3e7c0000-0000-4000-8000-00000000000\($0)")! }
    static let moment = Date(milliseconds: 1_795_000_000_123)

    static func submitted(
        _ key: String = "k-1", lines: [Line]? = nil, freight: Int64 = 800, discount: Int64 = 0, total: Int64? = nil
    ) -> OrderSubmitted {
        let lines = lines ?? [Line(merchant: merchants[0], sku: "TEA-1", quantity: 2, unitPrice: 4_950, title: "Tea, \"green\"")]
        let goods = lines.reduce(0) { $0 &+ $1.quantity &* $1.unitPrice }
        return OrderSubmitted(
            order: OrderID.make(storefront: storefront, key: key), storefront: storefront, key: key,
            digest: [UInt8](repeating: 7, count: 32), currency: .cny, method: .prepaid, locale: .chinese,
            buyer: Buyer(ref: "b-1", sealed: "s1.k.AAAA", phoneIndex: "ab", region: nil), lines: lines, freight: freight,
            discount: discount,
            total: total ?? goods &- discount &+ freight, submittedAt: moment)
    }

    static var reference: OrderReference {
        let order = OrderID.make(storefront: storefront, key: "k-1")
        return OrderReference(
            order: order, storefront: storefront, number: OrderNumber(order: order, at: moment), locale: .english, buyerRef: "b-1")
    }

    static var terms: OrderTerms {
        OrderTerms(
            reference: reference, currency: .cny, method: .wechat, total: 10_700, freight: 800,
            shares: [Share(merchant: merchants[0], fulfillment: merchants[1], gross: 9_900, commissionBP: 550)])
    }
}

/// Random numbers that are the same in every run (splitmix64).
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}
