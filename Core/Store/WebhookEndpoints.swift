public import Database
public import FoundationEssentials

/// Where a storefront or a merchant wants to be told.
public struct WebhookEndpoint: Sendable, Equatable {
    /// The storefront or the merchant.
    public var party: UUID
    public var url: String
    /// What calls are signed with: `whsec_` and base64.
    public var secret: String

    public init(party: UUID, url: String, secret: String) {
        self.party = party
        self.url = url
        self.secret = secret
    }
}

/// The endpoints of storefronts and merchants, and the table `webhook_endpoints_gone`.
public enum WebhookEndpoints {
    /// Reads the endpoints of parties; who has none, or whose is gone, brings no row. For ``decode(_:)``.
    public static func find(_ parties: [UUID]) -> Query {
        Query(
            """
            SELECT e.id, e.webhook_url, e.webhook_secret FROM (
                SELECT id, webhook_url, webhook_secret, closed_at FROM storefronts UNION ALL
                SELECT id, webhook_url, webhook_secret, closed_at FROM merchants
            ) AS e
            WHERE e.id = ANY ($1::uuid[]) AND e.webhook_url IS NOT NULL AND e.closed_at IS NULL
                AND NOT EXISTS (SELECT FROM webhook_endpoints_gone g WHERE g.party = e.id AND g.url = e.webhook_url)
            """, .uuids(parties))
    }

    /// Reads what ``find(_:)`` brings.
    public static func decode(_ rows: Rows) throws -> [WebhookEndpoint] {
        try rows.map { WebhookEndpoint(party: try $0.uuid(0), url: try $0.text(1), secret: try $0.text(2)) }
    }

    /// An endpoint that said that it is gone.
    public struct Gone: Sendable, Equatable {
        public var party: UUID
        public var url: String
        public var at: Date
        public var message: UUID

        public init(party: UUID, url: String, at: Date, message: UUID) {
            self.party = party
            self.url = url
            self.at = at
            self.message = message
        }
    }

    /// Writes that endpoints are gone.
    public static func retire(_ gone: [Gone]) -> Query {
        Query(
            """
            INSERT INTO webhook_endpoints_gone (party, url, message_id, at)
            SELECT * FROM unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[]) ON CONFLICT DO NOTHING
            """, .uuids(gone.map(\.party)), .texts(gone.map(\.url)), .uuids(gone.map(\.message)), .timestamps(gone.map(\.at)))
    }
}
