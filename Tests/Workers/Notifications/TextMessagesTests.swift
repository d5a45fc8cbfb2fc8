import Commerce
import Database
import FoundationEssentials
import Providers
import Store
import Synchronization
import Testing
import Work

@testable import Workers

/// A provider of SMS that does as it is told and remembers what it was asked to send.
private final class Provider: Sendable {
    private let sent = Mutex<[SMS]>([])
    private let fault = Mutex<ProviderError.Kind?>(nil)

    var messages: [SMS] { sent.withLock { $0 } }

    func fail(_ kind: ProviderError.Kind?) { fault.withLock { $0 = kind } }

    var sender: SMSSender {
        SMSSender(
            party: "sms",
            send: { sms throws(ProviderError) in
                self.sent.withLock { $0.append(sms) }
                if let kind = self.fault.withLock({ $0 }) { throw ProviderError(party: "sms", kind: kind, message: "no") }
                return "biz-1"
            }, phone: { sealed, order throws(SealingError) in try Premises.sealing.person(sealed, order: order).phone })
    }
}

@Suite struct TextMessagesTests {
    private let provider = Provider()

    private func worker(_ premises: Premises, quietHours: QuietHours = .none) -> TextMessages {
        TextMessages(sender: provider.sender, ledger: SMSLedger(premises.database), quietHours: quietHours)
    }

    private func due(_ terms: OrderTerms, _ kind: NoticeKind = .refunded, id: UUID = UUID()) -> Received<NoticeDue> {
        received(NoticeDue(notice: Notice(reference: terms.reference, kind: kind, subject: terms.order)), id: id)
    }

    /// Asks, and takes what was answered through the other steps.
    private func send(_ worker: TextMessages, _ messages: [Received<NoticeDue>], _ premises: Premises) async throws -> [String] {
        let answers = try await worker.ask(messages).map { try $0.get() }
        return try await premises.run(worker, messages, answers: answers).map(\.outcome)
    }

    private func state(_ premises: Premises) async throws -> [String] {
        try await premises.text("SELECT state FROM notices WHERE channel = 'sms'")
    }

    @Test func `an SMS goes to the buyer's phone and says nothing of whom it is for`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let message = due(terms)
        #expect(try await send(worker(premises), [message], premises) == ["sent"])
        let sms = try #require(provider.messages.first)
        #expect(sms.phone == "13800138000")
        #expect(sms.template == "SMS_REFUNDED_ZH")
        #expect(sms.outID == message.id.uuidString.lowercased())
        #expect(sms.parameters.allSatisfy { !$0.value.contains("王") && !$0.value.contains("138") })
        #expect(try await premises.text("SELECT concat_ws(' ', state, reference) FROM notices") == ["sent biz-1"])
    }

    @Test func `the same news is sent once, whichever message brings it`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let worker = worker(premises)
        #expect(try await send(worker, [due(terms), due(terms)], premises).sorted() == ["duplicate", "sent"])
        #expect(try await send(worker, [due(terms)], premises) == ["duplicate"])
        #expect(provider.messages.count == 1)
    }

    @Test func `an SMS that may have been sent before a crash is not sent again`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let worker = worker(premises)
        let message = due(terms)
        // The process dies after the provider was asked and before anything is committed.
        _ = await worker.ask([message])
        #expect(try await state(premises) == ["sending"])
        #expect(try await send(worker, [message], premises) == ["unknown"])
        #expect(provider.messages.count == 1)
        #expect(try await state(premises) == ["unknown"])
    }

    @Test func `an SMS whose answer was lost is not sent again`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        provider.fail(.unknown)
        #expect(try await send(worker(premises), [due(terms)], premises) == ["unknown"])
        #expect(try await state(premises) == ["unknown"])
    }

    @Test func `what was certainly not sent is tried again`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let worker = worker(premises)
        let message = due(terms)
        let failures: [(ProviderError.Kind, Setback)] = [
            (.transient(retryAfter: nil), .retry(after: nil, "sms: no")),
            (.throttled(retryAfter: .seconds(60)), .wait(.seconds(60), "sms: no")),
            (.away, .away(party: "sms", "sms: no")),
            (.blocked(code: "isv.AMOUNT_NOT_ENOUGH", message: ""), .away(party: "sms", "sms: isv.AMOUNT_NOT_ENOUGH: no")),
        ]
        for (kind, setback) in failures {
            provider.fail(kind)
            #expect(await worker.ask([message]) == [.failure(setback)])
            #expect(try await state(premises) == ["released"])
        }
        provider.fail(nil)
        #expect(try await send(worker, [message], premises) == ["sent"])
        #expect(try await state(premises) == ["sent"])
    }

    @Test func `a refusal is an outcome, and is not tried again`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        provider.fail(.refused(code: "isv.MOBILE_NUMBER_ILLEGAL", message: ""))
        #expect(try await send(worker(premises), [due(terms)], premises) == ["refused"])
        #expect(try await premises.text("SELECT reference FROM notices") == ["isv.MOBILE_NUMBER_ILLEGAL"])
    }

    @Test func `what is no longer true when its time comes is not sent`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        #expect(try await send(worker(premises), [due(terms, .outOfStock)], premises) == ["superseded"])
        #expect(provider.messages.isEmpty)
        #expect(try await state(premises).isEmpty)
    }

    @Test func `at night nothing is sent, and it is put off until the morning`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        let minute = Int(Date().timeIntervalSince1970) / 60 % 1440
        let clock = { (minutes: Int) in
            let (hour, minute) = ((minutes + 1440) % 1440 / 60, (minutes + 1440) % 60)
            return "\(hour < 10 ? "0" : "")\(hour):\(minute < 10 ? "0" : "")\(minute)"
        }
        let night = try #require(QuietHours(parsing: "\(clock(minute - 60))-\(clock(minute + 60))+00:00"))
        let worker = worker(premises, quietHours: night)
        let answers = try await worker.ask([due(terms)]).map { try $0.get() }
        var nothing: Void = ()
        let decision = try worker.decide(due(terms), answers[0], &nothing)
        #expect(decision.outcome == "put_off")
        #expect(try #require(decision.causes.first?.due).timeIntervalSinceNow > 3_000)
        #expect(provider.messages.isEmpty)
    }

    @Test func `a buyer's data that can't be opened is a dead letter that does not hold it`() async throws {
        let premises = try await Premises()
        let terms = try await premises.order()
        try await premises.database.query("UPDATE orders SET buyer_sealed = 's1.other.AAAA'")
        guard case .failure(.dead(let reason)) = await worker(premises).ask([due(terms)])[0] else {
            Issue.record("a dead letter was expected")
            return
        }
        #expect(!reason.contains("138"))
        #expect(provider.messages.isEmpty)
    }
}
