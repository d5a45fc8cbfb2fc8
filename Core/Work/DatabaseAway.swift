internal import Database

extension DatabaseError {
    /// Whether the database can't be worked with just now, through no fault of the statement: it is gone, starting, out of
    /// connections or room, or stands by for another. Waited for; no message is charged.
    var isAway: Bool {
        if isUnavailable || outcomeUnknown { return true }
        guard let sqlState else { return false }
        // 53 resources, 57P shutdown and startup, 58 system error, 25006 read-only: see PostgreSQL, appendix A.
        return ["53", "58"].contains(sqlState.prefix(2)) || sqlState.hasPrefix("57P") || sqlState == "25006"
    }
}
