internal import Commerce
internal import Database
internal import FoundationEssentials
internal import Store
internal import Work

/// Puts what happens to an order into its buyer's inbox, once, if it is still true; and has an SMS sent (``TextMessages``)
/// where it is worth one, after the quiet hours if need be.
///
/// Most of what it tells (an order is paid) can't turn untrue and says all that is needed: then nothing is read, and a batch
/// is one statement.
struct Notifications: Worker {
    /// When no SMS is sent.
    let quietHours: QuietHours
    /// Whether there is anybody to send SMS.
    let sendsSMS: Bool

    /// How the orders and parcels stand that the batch tells of, as far as that matters.
    typealias State = Notices.Facts
    typealias Effect = Notices.Entry

    /// What a message gives occasion to tell; nil where there is nothing to tell.
    func decode(_ body: [UInt8], type: String) throws -> Notice? {
        try Notice.from(body, type: type)
    }

    func load(_ messages: [Received<Notice?>], in transaction: Transaction) async throws -> State {
        let notices = messages.compactMap(\.input).filter(\.kind.canTurnUntrue)
        guard !notices.isEmpty else { return State() }
        return try State(
            await transaction.queries(
                Notices.facts(orders: notices.map(\.reference.order), shipments: notices.filter(\.isOfParcel).map(\.subject))))
    }

    func decide(_ message: Received<Notice?>, _ answer: Void, _ state: inout State) throws -> Decision<Effect> {
        guard let notice = message.input else { return Decision("nothing_to_tell") }
        guard state.support(notice) else { return Decision("superseded") }
        let entry = Notices.Entry(notice: notice, at: message.now, message: message.id)
        guard sendsSMS, notice.kind.warrantsSMS else { return Decision("told", entry) }
        let morning = quietHours.end(at: message.now).map { $0.addingTimeInterval(TextMessages.spread(notice)) }
        return Decision("told", entry, causes: [Cause(NoticeDue(notice: notice), due: morning)])
    }

    func save(_ effects: [Effect]) -> [Query] { [Notices.insert(effects)] }
}

extension Notice {
    /// Whether it is about a parcel rather than the whole order.
    var isOfParcel: Bool { subject != reference.order }
}
