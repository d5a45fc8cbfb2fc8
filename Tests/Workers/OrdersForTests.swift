import Commerce
import FoundationEssentials
import JSON
import Work

/// Orders and messages made up for the tests of placement, inventory and settlement.
enum OrdersForTests {
    static let storefront = UUID(text: "5f0e4a70-0000-4000-8000-000000000001")!
    static let merchants = [UUID(text: "3e7c0000-0000-4000-8000-000000000001")!, UUID(text: "3e7c0000-0000-4000-8000-000000000002")!]
    static let now = Date(milliseconds: 1_795_000_000_000)

    static func submitted(_ key: String, skus: [String] = ["A"], quantity: Int64 = 1, digest: UInt8 = 1) -> OrderSubmitted {
        let lines = skus.enumerated().map { Line(merchant: merchants[$0 % 2], sku: $1, quantity: quantity, unitPrice: 1_000) }
        return OrderSubmitted(
            order: OrderID.make(storefront: storefront, key: key), storefront: storefront, key: key,
            digest: [UInt8](repeating: digest, count: 32), currency: .cny, method: .prepaid, locale: .chinese,
            buyer: Buyer(ref: "b", sealed: "s1.k.A", phoneIndex: nil, region: nil), lines: lines, freight: 500, discount: 0,
            total: Int64(lines.count) * quantity * 1_000 + 500, submittedAt: now)
    }

    static func terms(_ key: String, skus: [String] = ["A"], quantity: Int64 = 1) -> OrderTerms {
        let rates = [merchants[0]: Int64(500), merchants[1]: 1_000]
        guard let placed = try? PlacedOrder(submitted(key, skus: skus, quantity: quantity), commissions: rates) else {
            preconditionFailure("an order for tests must add up")
        }
        return placed.terms
    }

    static func placed(_ key: String, skus: [String] = ["A"], quantity: Int64 = 1) -> OrderPlaced {
        OrderPlaced(
            terms: terms(key, skus: skus, quantity: quantity),
            lines: skus.enumerated().map { Pieces(n: Int64($0 + 1), sku: $1, quantity: quantity) }, policy: .allOrNothing)
    }

    static func cancelled(_ key: String) -> OrderCancelled {
        OrderCancelled(reference: terms(key).reference, reason: .requested, wasReserved: false)
    }

    static func received<Input>(_ input: Input, _ type: String, order: UUID? = nil, attempt: Int = 1) -> Received<Input> {
        Received(id: UUID(), type: type, order: order, attempt: attempt, publishedAt: now, now: now, input: input)
    }

    /// A message as the engine would hand it to a worker.
    static func received<W: Worker, M: Message>(_ message: M, by worker: W) throws -> Received<W.Input> {
        received(try worker.decode(message.encoded(), type: M.type), M.type)
    }
}

extension Decision {
    var types: [String] { causes.map(\.type) }
}
