import Commerce
import FoundationEssentials
import JSON
import Testing

@Suite struct MessageTests {
    private let id = Sample.merchants[2]
    private let moment = Sample.moment

    private var messages: [any Message & Equatable] {
        let reference = Sample.reference
        let pieces = [Pieces(n: 1, sku: "A", quantity: 2), Pieces(n: 2, sku: "B/~\"", quantity: 1)]
        let shares = Sample.terms.shares
        let breakdown = RefundBreakdown(parts: [RefundBreakdown.Part(merchant: id, gross: 4, commission: 1)], freight: 1)
        return [
            Sample.submitted(), OrderPlaced(terms: Sample.terms, lines: pieces, policy: .allOrNothing),
            OrderRejected(order: id, storefront: id, reason: .amounts, pointer: "/total"),
            OrderCancelRequested(order: id, storefront: id, reason: "不要了", requestedAt: moment),
            OrderCancelled(reference: reference, reason: .paymentExpired, wasReserved: true),
            OrderPaid(terms: Sample.terms, transactionID: nil, paidAt: moment),
            OrderPaid(terms: Sample.terms, transactionID: "42", paidAt: moment),
            OrderReceived(order: id, storefront: id), OrderCompleted(reference: reference, currency: .usd, shares: shares),
            StockReserved(terms: Sample.terms), StockShort(reference: reference, skus: ["A", "B"]), StockReleased(order: id),
            PaymentOpened(reference: reference, method: .wechat, codeURL: "weixin://wxpay/x", expiresAt: moment),
            PaymentNotified(
                provider: "wechat", outTradeNo: "abc", order: id, transactionID: "t", amount: 5, currency: "CNY", state: .success,
                at: moment),
            PaymentDue(order: id), PaymentDeclined(reference: reference, reason: "no"), PaymentExpired(reference: reference, reason: ""),
            PaymentMismatched(reference: reference, expected: 5, got: -4, currency: "XXX"),
            RefundRequested(reference: reference, amount: 5, currency: .cny, reason: .latePayment),
            RefundSettled(reference: reference, amount: 5, currency: .cny, refundID: "r"),
            RefundRequested(
                reference: reference, refund: id, amount: 5, paid: 9, currency: .cny, method: .prepaid, reason: .cancelled,
                breakdown: breakdown),
            RefundSettled(reference: reference, amount: 5, currency: .cny, refundID: "r", refund: id, breakdown: breakdown),
            FulfillmentCancelRequested(order: id, storefront: id, reason: "不要了"),
            CancellationAsked(reference: reference, fulfillment: id, merchant: id, reason: "", answerBy: moment),
            CancellationDue(order: id, fulfillment: id, request: id),
            CancellationAnswered(reference: reference, fulfillment: id, outcome: .refused, reason: "shipped", refunded: 0),
            FulfillmentCancelled(reference: reference, fulfillment: id, merchant: id, reason: "requested"),
            FulfillmentInstructed(order: id, fulfillment: id, merchant: id, instruction: .hold, reason: "缺货"),
            FulfillmentInstructed(
                order: id, fulfillment: id, merchant: id, instruction: .short, reason: "", portions: [Portion(line: 1, quantity: 2)]),
            ShipmentCorrected(
                order: id, fulfillment: id, merchant: id, wrongCarrier: "sf", wrongWaybill: "SF1", carrier: "yto", waybill: "YT1"),
            InstructionRefused(reference: reference, fulfillment: id, merchant: id, instruction: "ship", state: .cancelled),
            FulfillmentShipped(
                order: id, fulfillment: id, merchant: id, carrier: "sf", waybill: "SF1", at: moment,
                portions: [Portion(line: 1, quantity: 2)]),
            FulfillmentReleased(reference: reference, fulfillment: id, merchant: id, lines: pieces, sealed: "s1.k.A"),
            FulfillmentShipped(order: id, fulfillment: id, merchant: id, carrier: "sf", waybill: "SF1", at: moment),
            ShipmentDispatched(reference: reference, shipment: id, fulfillment: id, carrier: "sf", waybill: "SF1"),
            ShipmentMoved(reference: reference, shipment: id, state: .outForDelivery),
            ShipmentDelivered(reference: reference, shipment: id, fulfillment: id, at: moment),
            TrackingReported(
                carrier: "sf", waybill: "SF1", shipment: nil, state: .moving, events: [TrackingEvent(at: moment, code: "0", text: "在途")]),
            TrackingDue(order: id, shipment: id, carrier: "sf", waybill: "SF1", poll: 1), ConfirmationDue(order: id),
            SettlementPosted(order: id, kind: .paid, amount: 5, currency: .cny),
        ]
    }

    private func check<M: Message & Equatable>(_ message: M) throws {
        let body = message.encoded()
        #expect(try M(parsing: body) == message, "\(M.type)")
        // A newer writer may say more.
        guard case .object(let members) = try JSON.parse(body) else { return }
        let more = JSON.object(members + [JSON.Member(name: "new_member", value: .integer(1))])
        #expect(try M(parsing: more.text) == message, "\(M.type)")
        // Whatever is missing or of another kind is named; nothing crashes.
        for index in members.indices {
            var fewer = members
            let name = fewer.remove(at: index).name
            refuses(M.self, .object(fewer), name)
            refuses(M.self, .object(fewer + [JSON.Member(name: name, value: .object([]))]), name)
        }
    }

    /// What may be missing, or was added later.
    private static let optional: Set = [
        "pointer", "transaction_id", "storefront", "shipment", "sealed", "closes", "needs_attention", "refund", "paid", "paid_by",
        "breakdown",
        "portions",
    ]

    private func refuses<M: Message & Equatable>(_ type: M.Type, _ json: JSON, _ name: String) {
        do {
            _ = try M(parsing: json.text)
            #expect(Self.optional.contains(name), "\(M.type) does without \(name)")
        } catch {
            #expect(error.pointer.hasPrefix("/\(name)"), "\(M.type): \(error) instead of /\(name)")
        }
    }

    @Test func `every message is read as it was written, and names what is missing or wrong`() throws {
        for message in messages { try check(message) }
    }

    @Test func `no two messages have one type`() {
        let types = messages.map { "\(Swift.type(of: $0)) \(Swift.type(of: $0).type)" }
        #expect(Set(messages.map { Swift.type(of: $0).type }).count == Set(types).count)
    }

    @Test func `an error deep in a body has its pointer`() throws {
        var text = String(decoding: Sample.submitted().encoded(), as: UTF8.self)
        text = text.replacing("\"quantity\":2", with: "\"quantity\":2.5")
        let error = #expect(throws: JSONError.self) { try OrderSubmitted(parsing: Array(text.utf8)) }
        #expect(error?.pointer == "/lines/0/quantity")
    }
}
