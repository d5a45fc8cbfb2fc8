import Commerce
import Database
import FoundationEssentials
import Store
import Testing
import Work

@testable import Workers

@Suite struct NotificationsTests {
    private let worker = Notifications(quietHours: .none, sendsSMS: true)

    private func told(_ kind: NoticeKind, _ reference: OrderReference, subject: UUID? = nil) -> Received<Notice?> {
        received(Notice(reference: reference, kind: kind, subject: subject ?? reference.order))
    }

    @Test func `a paid order is told of in one statement, without a look at anything`() async throws {
        let premises = try await Premises()
        let references = (0..<512).map { _ in someReference() }
        let messages = references.map { told(.paid, $0) }
        // No table but the notices' own is there to be looked at.
        try await premises.database.script("DROP VIEW order_states; DROP TABLE orders CASCADE; DROP TABLE shipments CASCADE")
        let decisions = try await premises.run(worker, messages)
        #expect(decisions.allSatisfy { $0.outcome == "told" && $0.causes.isEmpty })
        #expect(worker.save(decisions.compactMap(\.effect)).count == 1)
        #expect(try await premises.text("SELECT count(*)::text FROM notices WHERE channel = 'inbox' AND state = 'sent'") == ["512"])
    }

    @Test func `nobody finds the same news twice in the inbox`() async throws {
        let premises = try await Premises()
        let reference = someReference()
        try await premises.run(worker, [told(.paid, reference), told(.paid, reference)])
        try await premises.run(worker, [told(.paid, reference)])
        #expect(
            try await premises.text("SELECT body FROM notices") == [
                Notice(reference: reference, kind: .paid, subject: reference.order).text
            ])
    }

    @Test func `what is no longer true is not told`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let parcel = Shipment(
            id: UUID(), fulfillment: terms.shares[0].fulfillment, carrier: "yuantong", waybill: "YT1", reference: terms.reference,
            dispatchedAt: Date())
        try await premises.database.query(Shipments.insert([Stamped(parcel, Stamp(message: UUID(), at: Date()))]))
        let news = told(.dispatched, terms.reference, subject: parcel.id)
        #expect(try await premises.run(worker, [news]).map(\.outcome) == ["told"])
        try await premises.database.query("DELETE FROM notices")
        try await premises.database.query("UPDATE shipments SET state = 'delivered', delivered_at = now()")
        let decisions = try await premises.run(worker, [news, told(.cancelled, terms.reference), told(.paymentExpired, terms.reference)])
        #expect(decisions.map(\.outcome) == ["superseded", "superseded", "superseded"])
        #expect(try await premises.text("SELECT kind FROM notices").isEmpty)
    }

    @Test func `an SMS waits for the morning, the inbox does not`() throws {
        let reference = someReference()
        let always = Notifications(quietHours: QuietHours(parsing: "12:00-20:00+00:00")!, sendsSMS: true)
        let now = Date(timeIntervalSince1970: 1_791_129_600)
        var facts = Notices.Facts()
        let message = received(Optional(Notice(reference: reference, kind: .refunded, subject: reference.order)), now: now)
        let night = try always.decide(message, (), &facts)
        #expect(night.outcome == "told")
        #expect(night.effect != nil)
        let due = try #require(night.causes.first?.due)
        #expect(always.quietHours.end(at: due) == nil)
        let day = try worker.decide(message, (), &facts)
        #expect(day.causes.map(\.type) == [NoticeDue.type])
        #expect(day.causes[0].due == nil)
    }

    @Test func `an SMS is sent only where it is worth one and there is somebody to send it`() throws {
        let reference = someReference()
        var facts = Notices.Facts()
        #expect(try worker.decide(told(.paid, reference), (), &facts).causes.isEmpty)
        let mute = Notifications(quietHours: .none, sendsSMS: false)
        #expect(try mute.decide(told(.refunded, reference), (), &facts).causes.isEmpty)
    }

    @Test func `a message that gives nothing to tell is done`() throws {
        var facts = Notices.Facts()
        let cancelled = OrderCancelled(reference: someReference(), reason: .paymentExpired, wasReserved: true)
        let notice = try worker.decode(cancelled.encoded(), type: OrderCancelled.type)
        #expect(try worker.decide(received(notice), (), &facts).outcome == "nothing_to_tell")
    }
}
