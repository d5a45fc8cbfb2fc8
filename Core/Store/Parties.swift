public import Database
public import FoundationEssentials

/// What placement needs to know of storefronts and merchants; see migration 0003.
public enum Parties {
    /// Which of these storefronts are open.
    public static func openStorefronts(_ ids: [UUID]) -> Query {
        Query("select id from storefronts where id = any($1) and closed_at is null", .uuids(ids))
    }

    /// Reads ``openStorefronts(_:)``.
    public static func storefronts(from rows: Rows) throws -> Set<UUID> {
        var storefronts: Set<UUID> = []
        for row in rows { storefronts.insert(try row.uuid(0)) }
        return storefronts
    }

    /// The rates of those of these merchants that are open, in basis points.
    public static func commissions(_ merchants: [UUID]) -> Query {
        Query("select id, commission_bp from merchants where id = any($1) and closed_at is null", .uuids(merchants))
    }

    /// Reads ``commissions(_:)``.
    public static func commissions(from rows: Rows) throws -> [UUID: Int64] {
        var commissions: [UUID: Int64] = [:]
        for row in rows { commissions[try row.uuid(0)] = try row.integer(1) }
        return commissions
    }
}
