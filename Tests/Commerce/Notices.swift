import Commerce
import FoundationEssentials
import JSON
import Testing

@Suite struct NoticeTests {
    private func reference(_ locale: Language = .chinese) -> OrderReference {
        let order = UUID()
        return OrderReference(
            order: order, storefront: UUID(), number: OrderNumber(order: order, at: Date(timeIntervalSince1970: 1_791_129_600)),
            locale: locale, buyerRef: "buyer-7")
    }

    @Test(arguments: NoticeKind.allCases, Language.allCases)
    func `every kind speaks both languages and names the order, never the buyer`(kind: NoticeKind, language: Language) {
        let notice = Notice(reference: reference(language), kind: kind, subject: UUID(), amount: Money(1_230, .cny))
        #expect(!notice.title.isEmpty)
        #expect(notice.text.contains(notice.reference.number.text))
        for text in [notice.title, notice.text] + notice.smsVariables.map(\.value) { #expect(!text.contains("buyer-7")) }
        let isChinese = notice.text.unicodeScalars.contains { (0x4E00...0x9FFF).contains($0.value) }
        #expect(isChinese == (language == .chinese))
    }

    @Test func `nobody is told that a parcel is on its way when it has arrived or the order is cancelled`() {
        #expect(NoticeKind.dispatched.isTrue(order: .paid, shipment: .moving))
        #expect(!NoticeKind.dispatched.isTrue(order: .paid, shipment: .delivered))
        #expect(!NoticeKind.dispatched.isTrue(order: .paid, shipment: .returning))
        #expect(!NoticeKind.dispatched.isTrue(order: .cancelled, shipment: .moving))
        #expect(!NoticeKind.dispatched.isTrue(order: .completed, shipment: .dispatched))
        #expect(!NoticeKind.dispatched.isTrue(order: .paid, shipment: nil))
    }

    @Test func `nobody is told that a payment is over when it came in after all`() {
        #expect(NoticeKind.paymentExpired.isTrue(order: .reserved, shipment: nil))
        #expect(NoticeKind.paymentExpired.isTrue(order: .cancelled, shipment: nil))
        #expect(!NoticeKind.paymentExpired.isTrue(order: .paid, shipment: nil))
    }

    @Test func `what can turn untrue is what some state makes untrue`() {
        for kind in NoticeKind.allCases {
            let answers = (OrderState.allCases.map(Optional.some) + [nil]).flatMap { order in
                (ShipmentState.allCases.map(Optional.some) + [nil]).map { kind.isTrue(order: order, shipment: $0) }
            }
            #expect(kind.canTurnUntrue == answers.contains(false), "\(kind)")
        }
    }

    @Test func `an order that expired is told of once, by the expiry`() throws {
        let cancelled = OrderCancelled(reference: reference(), reason: .paymentExpired, wasReserved: true)
        #expect(try Notice.from(cancelled.encoded(), type: OrderCancelled.type) == nil)
        let requested = OrderCancelled(reference: reference(), reason: .requested, wasReserved: true)
        #expect(try Notice.from(requested.encoded(), type: OrderCancelled.type)?.kind == .cancelled)
    }

    @Test func `a notice that is put off until the morning comes back as it was`() throws {
        let notices = [
            Notice(reference: reference(.english), kind: .refunded, subject: UUID(), amount: Money(99, .usd)),
            Notice(reference: reference(), kind: .dispatched, subject: UUID()),
        ]
        for notice in notices { #expect(try NoticeDue(parsing: NoticeDue(notice: notice).encoded()).notice == notice) }
    }

    @Test func `parcels of one order are told of one by one`() throws {
        let reference = reference()
        let shipments = [UUID(), UUID()]
        let notices = try shipments.map { shipment in
            try Notice.from(
                ShipmentDispatched(reference: reference, shipment: shipment, fulfillment: UUID(), carrier: "yuantong", waybill: "YT1")
                    .encoded(), type: ShipmentDispatched.type)
        }
        #expect(notices.map { $0?.subject } == shipments)
    }
}
