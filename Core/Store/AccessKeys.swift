public import Commerce
internal import Database
public import FoundationEssentials

/// What is stored of a key that opens something.
public struct StoredKey: Sendable {
    public let id: String
    /// HMAC-SHA256 of the key's text under the pepper.
    public let hash: [UInt8]
    public let principal: Principal
    /// When the key ends to open anything; nil for never.
    public let expires: Date?
    /// The storefront's language, `zh` or `en`; `zh` for others.
    public let locale: String
}

extension Access {
    /// How many keys are held in memory at most.
    public static let keyLimit = 100_000

    /// All keys that open something now: not revoked, not expired, of a storefront or merchant that is not closed.
    public func keys() async throws -> [StoredKey] {
        let rows = try await database.query(
            Query(
                """
                select k.id, k.hash, k.storefront, k.merchant, k.partner, k.expires_at, coalesce(s.locale, 'zh')
                from api_keys k left join storefronts s on s.id = k.storefront left join merchants m on m.id = k.merchant
                where k.revoked_at is null and (k.expires_at is null or k.expires_at > now())
                    and s.closed_at is null and m.closed_at is null
                order by k.created_at desc limit $1
                """, .integer(Int64(Self.keyLimit))))
        return try rows.map { row in
            let principal: Principal
            if let storefront = try row.optionalUUID(2) {
                principal = .storefront(storefront)
            } else if let merchant = try row.optionalUUID(3) {
                principal = .merchant(merchant)
            } else {
                principal = .partner(try row.text(4))
            }
            return StoredKey(
                id: try row.text(0), hash: try row.bytes(1), principal: principal, expires: try row.optionalTimestamp(5),
                locale: try row.text(6))
        }
    }
}
