public import FoundationEssentials

/// An order that is to be stored: what was submitted, its number, and how it is split among its merchants.
public struct PlacedOrder: Sendable, Equatable {
    /// As it was submitted.
    public let submitted: OrderSubmitted
    /// What was agreed, as it travels on.
    public let terms: OrderTerms
    /// The lines' prices, before the discount, in minor units.
    public let goods: Int64
    /// One for each merchant, in the order of their first lines.
    public let fulfillments: [FulfillmentOrder]

    /// Adds an order up and splits it.
    /// - Parameters:
    ///   - commissions: each known merchant's rate in basis points; it is frozen here.
    ///   - attempt: another one makes another number, where two orders' numbers collided.
    /// - Throws: a ``Rejection`` with the place: amounts that are out of bounds or don't add up, an unknown merchant.
    public init(_ submitted: OrderSubmitted, commissions: [UUID: Int64], attempt: Int = 1) throws(Rejection) {
        let amounts = try Self.amounts(of: submitted)
        goods = try Self.goods(amounts, of: submitted)
        let parts = submitted.discount == 0 ? [] : Money.allocate(submitted.discount, over: amounts)
        var fulfillments: [FulfillmentOrder] = []
        for (index, line) in submitted.lines.enumerated() {
            let net = amounts[index] - (parts.isEmpty ? 0 : parts[index])
            let numbered = FulfillmentOrder.Line(n: Int64(index + 1), line: line)
            if let known = fulfillments.firstIndex(where: { $0.merchant == line.merchant }) {
                fulfillments[known].gross += net
                fulfillments[known].lines.append(numbered)
                continue
            }
            guard let rate = commissions[line.merchant] else {
                throw Rejection(.unknownMerchant, "/lines/\(index)/merchant")
            }
            fulfillments.append(
                FulfillmentOrder(
                    id: OrderID.fulfillment(order: submitted.order, merchant: line.merchant), merchant: line.merchant, gross: net,
                    commissionBP: rate, lines: [numbered]))
        }
        self.fulfillments = fulfillments
        self.submitted = submitted
        terms = OrderTerms(
            reference: OrderReference(
                order: submitted.order, storefront: submitted.storefront,
                number: OrderNumber(order: submitted.order, at: submitted.submittedAt, attempt: attempt), locale: submitted.locale,
                buyerRef: submitted.buyer.ref),
            currency: submitted.currency, method: submitted.method, total: submitted.total, freight: submitted.freight,
            shares: fulfillments.map {
                Share(merchant: $0.merchant, fulfillment: $0.id, gross: $0.gross, commissionBP: $0.commissionBP)
            })
    }

    /// The most pieces that a line may ask for.
    public static let quantityLimit: Int64 = 1_000_000

    /// What each line costs.
    private static func amounts(of submitted: OrderSubmitted) throws(Rejection) -> [Int64] {
        var amounts: [Int64] = []
        amounts.reserveCapacity(submitted.lines.count)
        for (index, line) in submitted.lines.enumerated() {
            guard 1...quantityLimit ~= line.quantity else { throw Rejection(.amounts, "/lines/\(index)/quantity") }
            guard line.unitPrice >= 0, let amount = Money.checkedProduct(line.unitPrice, line.quantity), amount <= Money.limit else {
                throw Rejection(.amounts, "/lines/\(index)/unit_price")
            }
            amounts.append(amount)
        }
        return amounts
    }

    /// What all lines cost, where the whole adds up.
    private static func goods(_ amounts: [Int64], of submitted: OrderSubmitted) throws(Rejection) -> Int64 {
        guard let goods = Money.checkedSum(amounts), goods <= Money.limit, !amounts.isEmpty else { throw Rejection(.amounts, "/lines") }
        guard 0...Money.limit ~= submitted.freight else { throw Rejection(.amounts, "/freight") }
        guard 0...goods ~= submitted.discount else { throw Rejection(.amounts, "/discount") }
        guard submitted.total == goods - submitted.discount + submitted.freight, submitted.total <= Money.limit else {
            throw Rejection(.amounts, "/total")
        }
        return goods
    }
}

/// Why a submitted order is refused, and the place in it as a JSON pointer.
public struct Rejection: Error, Sendable, Equatable {
    /// Why.
    public let reason: RejectionReason
    /// The place, or nil where it is the whole.
    public let pointer: String?

    public init(_ reason: RejectionReason, _ pointer: String? = nil) {
        self.reason = reason
        self.pointer = pointer
    }
}
