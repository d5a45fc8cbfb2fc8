internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Providers
internal import Store
internal import Work

/// What the routes work with.
struct Desk: Sendable {
    let place: Workplace
    let keys: KeyRing
    let handover: Handover
    let gauge: DepthGauge
    let recent: RecentOrders
    /// Feeds the streams of orders' events.
    let hub: EventHub
    /// Bulk submissions at once.
    let bulks = Allowance(16)
    let sealing: Sealing
    let index: BlindIndex
    let access: Access
    /// Nil where WeChat Pay is not configured.
    let weChat: WeChatNotifications?
    /// Nil where Kuaidi100 is not configured.
    let kuaidi100: Kuaidi100Pushes?
    /// In front of the paths that answers name; empty for paths alone.
    let publicURL: String
    let now: @Sendable () -> Date

    // MARK: - Who asks

    /// The storefront that makes a request.
    func storefront(_ request: IncomingRequest) throws(Problem) -> (id: UUID, key: StoredKey) {
        let key = try keys.authenticate(request.fields.authorization)
        guard case .storefront(let id) = key.principal else { throw .forbidden("this needs a storefront's key") }
        return (id, key)
    }

    /// The merchant that makes a request.
    func merchant(_ request: IncomingRequest) throws(Problem) -> UUID {
        let key = try keys.authenticate(request.fields.authorization)
        guard case .merchant(let id) = key.principal else { throw .forbidden("this needs a merchant's key") }
        return id
    }

    /// Refuses what is asked about an order that is not the storefront's. Another's is as unknown as one that is not there.
    ///
    /// With the database away it goes through: the message names the storefront, and is refused where the order is kept.
    func checkOwnership(of order: UUID, by storefront: UUID) async throws(Problem) {
        if let entry = recent.entry(of: order), entry.storefront == storefront { return }
        let access = access
        let isOwn = await Deadline.within(.seconds(2)) { () async -> Bool? in
            do { return try await access.owns(storefront, order: order) ?? false } catch { return nil }
        }
        if case .some(.some(false)) = isOwn { throw .notFound("no such order, or not placed yet") }
    }

    // MARK: - What follows

    /// Hands a message over; returns once there is a durable yes.
    /// - Parameters:
    ///   - at, seed: what makes it the same event when it is told again; see ``MessageID``.
    func hand(
        _ message: some Message, order: UUID?, at time: Date, seed: String, traceparent: String? = nil
    ) async throws(Problem) {
        let envelope = Envelope(
            id: MessageID.root(at: time, seed: seed), type: Swift.type(of: message).type, order: order, publishedAt: now(),
            traceparent: traceparent, body: message.encoded())
        let outcome = await handover.hand(envelope)
        guard outcome == .broker || outcome == .spool else { throw .notTaken(outcome) }
    }

    /// The beginning of today, in UTC: the time of events that name none of their own, so that a repeat within a day has the
    /// same id.
    var today: Date { Date(timeIntervalSince1970: (now().timeIntervalSince1970 / 86_400).rounded(.down) * 86_400) }

    /// Where an order's state is read.
    func statusURL(_ order: UUID) -> String { "\(publicURL)/v1/orders/\(order.text)" }
}
