internal import Commerce
internal import Crypto
internal import FoundationEssentials
internal import Work

/// The orders of the journey benchmark: two lines each, paid already, some 800 bytes of message, everything that the intake
/// would have put in. The same number gives the same orders.
struct JourneyOrders: Sendable {
    /// The stock that the orders draw on.
    static let skus = 1_000
    static let merchants = 20

    let storefront: UUID
    let merchants: [UUID]
    /// How many of all lines are of one SKU, from 0 to 0.5: of every order's two lines, one at most.
    let hot: Double

    init(hot: Double) {
        storefront = OrderID.make(storefront: UUID(uuid: (1, 2, 3, 4, 5, 6, 0x40, 8, 0x80, 10, 11, 12, 13, 14, 15, 16)), key: "benchmark")
        let storefront = storefront
        merchants = (0..<Self.merchants).map { OrderID.make(storefront: storefront, key: "merchant \($0)") }
        self.hot = hot
    }

    static func sku(_ number: Int) -> String {
        "SKU-" + String(repeating: "0", count: 4 - String(number).count) + String(number)
    }

    /// The message of one order.
    /// - Parameters:
    ///   - number: which order, from 0.
    ///   - run: what tells this run's orders from others'.
    func envelope(_ number: Int, run: String, sealing: Sealing, at time: Date) throws -> Envelope {
        let order = OrderID.make(storefront: storefront, key: "\(run) \(number)")
        let isHot = Double((number &* 7919) % 1_000) < hot * 2_000
        let first = isHot ? 0 : (number &* 31) % Self.skus
        let second = 1 + (number &* 17 + 389) % (Self.skus - 1)
        let lines = [
            Line(
                merchant: merchants[first % Self.merchants], sku: Self.sku(first), quantity: 1, unitPrice: 2_990,
                title: "A thing that is wanted"),
            Line(
                merchant: merchants[second % Self.merchants], sku: Self.sku(second == first ? (second + 1) % Self.skus : second),
                quantity: 2,
                unitPrice: 1_450, title: "Another one"),
        ]
        guard let phone = PhoneNumber(e164: "+861390000" + String(1_000 + number % 9_000)) else {
            preconditionFailure("not a phone number")
        }
        let person = Person(name: "Buyer \(number)", phone: phone, address: "Road of the Example \(number), house 8")
        let submitted = OrderSubmitted(
            order: order, storefront: storefront, key: "\(run) \(number)", digest: Array(SHA256.hash(data: Array("\(number)".utf8))),
            currency: .cny, method: .prepaid, locale: .chinese,
            buyer: Buyer(ref: "buyer-\(number)", sealed: try sealing.seal(person, order: order), phoneIndex: nil, region: "310000"),
            lines: lines, freight: 600, discount: 0, total: 2_990 + 2 * 1_450 + 600, submittedAt: time)
        return Envelope(
            id: MessageID.root(at: time, seed: order.uuidString), type: OrderSubmitted.type, order: order, publishedAt: time,
            body: submitted.encoded())
    }
}
