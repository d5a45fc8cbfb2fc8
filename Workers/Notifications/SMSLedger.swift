internal import Commerce
internal import Database
internal import Store

/// What the database knows and is told of SMS outside of the batch's transaction: calls to a provider may not hold one.
struct SMSLedger: Sendable {
    /// How the orders and parcels of notices stand.
    let facts: @Sendable (_ notices: [Notice]) async throws -> Notices.Facts
    let claim: @Sendable (_ entries: [Notices.Entry]) async throws -> Notices.Claims
    let release: @Sendable (_ entries: [Notices.Entry]) async throws -> Void
}

extension SMSLedger {
    init(_ database: Database) {
        self.init(
            facts: { notices in
                try Notices.Facts(
                    await database.queries(
                        Notices.facts(orders: notices.map(\.reference.order), shipments: notices.filter(\.isOfParcel).map(\.subject))))
            },
            claim: { entries in try Notices.Claims(await database.queries(Notices.claim(entries))) },
            release: { entries in try await database.query(Notices.release(entries)) })
    }
}
