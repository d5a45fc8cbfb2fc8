internal import Database
internal import FoundationEssentials
internal import Store
internal import Synchronization

/// Where parties want to be told, kept in memory for a few seconds: a new URL is heeded soon, and a flood of events asks the
/// database rarely. Bounded.
final class EndpointDirectory: Sendable {
    private struct Entry {
        /// Nil where the party has none.
        var endpoint: WebhookEndpoint?
        var until: ContinuousClock.Instant
    }

    private let find: @Sendable ([UUID]) async throws -> [WebhookEndpoint]
    private let lifetime: Duration
    private let limit: Int
    private let entries = Mutex<[UUID: Entry]>([:])

    /// - Parameters:
    ///   - lifetime: how long an answer is believed.
    ///   - limit: how many parties are remembered.
    ///   - find: brings the endpoints of parties; who has none is left out.
    init(lifetime: Duration = .seconds(5), limit: Int = 10_000, find: @escaping @Sendable ([UUID]) async throws -> [WebhookEndpoint]) {
        self.find = find
        self.lifetime = lifetime
        self.limit = limit
    }

    convenience init(_ database: Database) {
        self.init { try WebhookEndpoints.decode(await database.query(WebhookEndpoints.find($0))) }
    }

    /// The endpoints of parties; who has none is left out.
    func endpoints(of parties: Set<UUID>) async throws -> [UUID: WebhookEndpoint] {
        let now = ContinuousClock.now
        var (known, missing) = entries.withLock { entries in
            var known: [UUID: WebhookEndpoint] = [:]
            var missing: [UUID] = []
            for party in parties {
                if let entry = entries[party], entry.until > now { known[party] = entry.endpoint } else { missing.append(party) }
            }
            return (known, missing)
        }
        guard !missing.isEmpty else { return known }
        for endpoint in try await find(missing) { known[endpoint.party] = endpoint }
        missing = Array(missing.prefix(limit))
        entries.withLock { entries in
            if entries.count + missing.count > limit { entries = entries.filter { $0.value.until > now } }
            if entries.count + missing.count > limit { entries.removeAll() }
            for party in missing { entries[party] = Entry(endpoint: known[party], until: now + lifetime) }
        }
        return known
    }

    /// Treats a party as having no endpoint until it is looked up again.
    func forget(_ party: UUID) {
        entries.withLock { $0[party] = Entry(endpoint: nil, until: .now + lifetime) }
    }
}
