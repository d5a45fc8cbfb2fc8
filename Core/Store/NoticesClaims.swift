public import Commerce
public import Database
public import FoundationEssentials

extension Notices {
    /// What identifies an SMS: nobody gets two of a kind about one subject.
    public struct Key: Sendable, Hashable {
        public let order: UUID
        public let kind: NoticeKind
        public let subject: UUID

        public init(_ notice: Notice) {
            order = notice.reference.order
            kind = notice.kind
            subject = notice.subject
        }
    }

    /// What a claim to send an SMS came to.
    public enum Claim: Sendable, Equatable {
        /// It is ours to send.
        case granted
        /// It was sent, or refused for good, or somebody else is at it.
        case taken
        /// The same message claimed it before and did not get to say what came of it: it may have been sent.
        case unresolved
    }

    /// Claims SMS before they are sent, so that a crash in between leaves a trace. For ``Claims/init(_:for:)``.
    /// Of two entries with one key only the first may be given.
    public static func claim(_ entries: [Entry]) -> [Query] {
        let keys: [Parameter] = [
            .uuids(entries.map(\.notice.reference.order)), .texts(entries.map(\.notice.kind.rawValue)),
            .uuids(entries.map(\.notice.subject)),
        ]
        return [
            Query(
                """
                INSERT INTO notices AS n (order_id, kind, channel, subject, state, message_id, at)
                SELECT c.order_id, c.kind, 'sms', c.subject, 'sending', c.message, c.at
                FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[], $5::timestamptz[]) AS c (order_id, kind, subject, message, at)
                ON CONFLICT (order_id, kind, channel, subject) DO UPDATE
                SET state = 'sending', message_id = excluded.message_id, at = excluded.at WHERE n.state = 'released'
                RETURNING n.order_id, n.kind, n.subject
                """, parameters: keys + [.uuids(entries.map(\.message)), .timestamps(entries.map(\.at))]),
            Query(
                """
                SELECT n.order_id, n.kind, n.subject, n.message_id FROM notices n
                JOIN unnest($1::uuid[], $2::text[], $3::uuid[]) AS c (order_id, kind, subject) USING (order_id, kind, subject)
                WHERE n.channel = 'sms' AND n.state = 'sending'
                """, parameters: keys),
        ]
    }

    /// What claims came to.
    public struct Claims: Sendable {
        private var granted: Set<Key> = []
        private var claimants: [Key: UUID] = [:]

        /// Reads what ``Notices/claim(_:)`` brings.
        public init(_ rows: [Rows]) throws {
            for row in rows[0] { granted.insert(try Self.key(row)) }
            for row in rows[1] { claimants[try Self.key(row)] = try row.uuid(3) }
        }

        private static func key(_ row: Row) throws -> Key {
            Key(order: try row.uuid(0), kind: try row.choice(1), subject: try row.uuid(2))
        }

        /// What the claim of an entry came to.
        public func claim(of entry: Entry) -> Claim {
            let key = Key(entry.notice)
            if granted.contains(key) { return .granted }
            return claimants[key] == entry.message ? .unresolved : .taken
        }
    }

    /// Gives claims back whose SMS was certainly not sent.
    public static func release(_ entries: [Entry]) -> Query {
        Query(
            """
            UPDATE notices n SET state = 'released'
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::uuid[]) AS c (order_id, kind, subject, message)
            WHERE n.order_id = c.order_id AND n.kind = c.kind AND n.channel = 'sms' AND n.subject = c.subject
                AND n.state = 'sending' AND n.message_id = c.message
            """, .uuids(entries.map(\.notice.reference.order)), .texts(entries.map(\.notice.kind.rawValue)),
            .uuids(entries.map(\.notice.subject)), .uuids(entries.map(\.message)))
    }

    /// What became of an SMS.
    public struct Resolution: Sendable, Equatable {
        public enum State: String, Sendable {
            case sent
            /// The provider won't send it.
            case refused
            /// It may have been sent. It is not sent again: no SMS is better than two.
            case unknown
        }

        public var entry: Entry
        public var state: State
        /// The provider's name for it, or the code of its refusal.
        public var reference: String?

        public init(entry: Entry, state: State, reference: String?) {
            self.entry = entry
            self.state = state
            self.reference = reference
        }
    }

    /// Writes what became of SMS.
    public static func resolve(_ resolutions: [Resolution]) -> Query {
        Query(
            """
            UPDATE notices n SET state = r.state, reference = r.reference, at = r.at
            FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::text[], $6::timestamptz[])
                AS r (order_id, kind, subject, state, reference, at)
            WHERE n.order_id = r.order_id AND n.kind = r.kind AND n.channel = 'sms' AND n.subject = r.subject
            """, .uuids(resolutions.map(\.entry.notice.reference.order)), .texts(resolutions.map(\.entry.notice.kind.rawValue)),
            .uuids(resolutions.map(\.entry.notice.subject)), .texts(resolutions.map(\.state.rawValue)),
            .optionalTexts(resolutions.map(\.reference)), .timestamps(resolutions.map(\.entry.at)))
    }
}

extension Notices.Key {
    init(order: UUID, kind: NoticeKind, subject: UUID) {
        self.order = order
        self.kind = kind
        self.subject = subject
    }
}
