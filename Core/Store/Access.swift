public import Commerce
public import Database
public import FoundationEssentials

/// Storefronts, merchants and their keys: who may speak to the system.
public struct Access: Sendable {
    let database: Database

    public init(_ database: Database) {
        self.database = database
    }

    /// Adds a storefront, or gives it new particulars.
    /// - Parameters:
    ///   - locale: `zh` or `en`: the language of its buyers' notices where an order names none.
    ///   - webhookSecret: as Standard Webhooks has it, `whsec_` and base64; needed with an URL.
    public func add(
        storefront id: UUID, name: String, locale: String = "zh", webhookURL: String? = nil, webhookSecret: String? = nil
    ) async throws {
        try await database.query(
            Query(
                """
                insert into storefronts (id, name, locale, webhook_url, webhook_secret) values ($1, $2, $3, $4, $5)
                on conflict (id) do update set name = excluded.name, locale = excluded.locale, webhook_url = excluded.webhook_url,
                    webhook_secret = excluded.webhook_secret
                """, .uuid(id), .text(name), .text(locale), .optionalText(webhookURL), .optionalText(webhookSecret)))
    }

    /// Adds a merchant, or gives it new particulars.
    /// - Parameter commission: our share in basis points, 0 to 10,000; frozen into each order when it is placed.
    public func add(
        merchant id: UUID, name: String, commission: Int, webhookURL: String? = nil, webhookSecret: String? = nil
    ) async throws {
        try await database.query(
            Query(
                """
                insert into merchants (id, name, commission_bp, webhook_url, webhook_secret) values ($1, $2, $3::bigint::int, $4, $5)
                on conflict (id) do update set name = excluded.name, commission_bp = excluded.commission_bp,
                    webhook_url = excluded.webhook_url, webhook_secret = excluded.webhook_secret
                """, .uuid(id), .text(name), .integer(Int64(commission)), .optionalText(webhookURL), .optionalText(webhookSecret)))
    }

    /// Makes a key. Its text is shown to whoever asked for it and kept nowhere: only its hash is stored.
    /// - Parameter expires: when it ends to open anything; nil for never.
    public func issueKey(for principal: Principal, pepper: KeyPepper, label: String = "", expires: Date? = nil) async throws -> AccessKey {
        let key = AccessKey()
        try await store(key, for: principal, pepper: pepper, label: label, expires: expires)
        return key
    }

    /// Stores a key that was made elsewhere; a key that is there already stays as it is.
    public func store(
        _ key: AccessKey, for principal: Principal, pepper: KeyPepper, label: String = "", expires: Date? = nil
    ) async throws {
        let scope: String
        var storefront = Parameter.null
        var merchant = Parameter.null
        var partner = Parameter.null
        switch principal {
        case .storefront(let id): (scope, storefront) = ("storefront", .uuid(id))
        case .merchant(let id): (scope, merchant) = ("merchant", .uuid(id))
        case .partner(let name): (scope, partner) = ("partner", .text(name))
        }
        try await database.query(
            Query(
                """
                insert into api_keys (id, hash, scope, storefront, merchant, partner, label, expires_at)
                values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing
                """, .text(key.id), .bytes(pepper.hash(of: key)), .text(scope), storefront, merchant, partner, .text(label),
                .optionalTimestamp(expires)))
    }

    /// Ends a key. Every intake knows within seconds.
    /// - Returns: whether there was such a key that was not revoked yet.
    public func revokeKey(id: String) async throws -> Bool {
        let rows = try await database.query(
            Query("update api_keys set revoked_at = now() where id = $1 and revoked_at is null returning id", .text(id)))
        return !rows.isEmpty
    }
}
