internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store
internal import Work

/// Sends SMS.
///
/// The provider knows no idempotency key, so every SMS is claimed in the database before it is sent. Whoever finds a claim of
/// its own that says nothing of the outcome (the process died, or no answer came) doesn't send again: an SMS that is lost is
/// in the inbox still, and two are worse than none. What was certainly not sent gives its claim back and is tried again.
struct TextMessages: Worker {
    /// Nil where no provider is configured: then nothing is sent.
    let sender: SMSSender?
    let ledger: SMSLedger
    let quietHours: QuietHours

    enum Answer: Sendable, Equatable {
        /// The provider took it, under this name.
        case sent(String)
        /// The provider won't send it, for this reason.
        case refused(String)
        /// It may have been sent, now or by an earlier attempt.
        case unknown
        /// It was sent before, or somebody is at it.
        case repeated
        /// It is no longer true.
        case superseded
        /// There is nobody to send it.
        case noProvider
        /// It is night again: not before then.
        case quiet(until: Date)
    }

    typealias Effect = Notices.Resolution

    func decode(_ body: [UInt8], type: String) throws -> NoticeDue {
        guard type == NoticeDue.type else { throw UnknownType(type: type) }
        return try NoticeDue(parsing: body)
    }

    func party(of message: Received<NoticeDue>) -> String? { sender?.party }

    func decide(_ message: Received<NoticeDue>, _ answer: Answer, _ state: inout Void) throws -> Decision<Effect> {
        let notice = message.input.notice
        let entry = Notices.Entry(notice: notice, at: message.now, message: message.id)
        switch answer {
        case .sent(let reference):
            let told = NoticeSent(order: notice.reference.order, template: notice.kind.rawValue, channel: "sms")
            return Decision(
                "sent", Effect(entry: entry, state: .sent, reference: reference),
                causes: [Cause(NoticeSent.type, order: notice.reference.order, body: told.encoded())])
        case .refused(let reason): return Decision("refused", Effect(entry: entry, state: .refused, reference: reason))
        case .unknown: return Decision("unknown", Effect(entry: entry, state: .unknown, reference: nil))
        case .repeated: return Decision("duplicate")
        case .superseded: return Decision("superseded")
        case .noProvider: return Decision("no_provider")
        case .quiet(let until): return Decision("put_off", causes: [Cause(NoticeDue(notice: notice), due: until)])
        }
    }

    func save(_ effects: [Effect]) -> [Query] { [Notices.resolve(effects)] }

    /// How long after the quiet hours an SMS goes out, in seconds: spread over a quarter of an hour, so that the morning
    /// doesn't begin with the night's SMS all at once.
    static func spread(_ notice: Notice) -> Double {
        Double(notice.subject.uuid.15) / 256 * 900
    }
}
