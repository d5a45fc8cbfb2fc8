import FoundationEssentials
import JSON

/// How trades stand in the journal.
extension TradeBook {
    /// Goes one entry of the journal forward.
    mutating func replay(_ entry: JSONObject, kind: String) {
        var json = entry
        guard let number = try? json.string("number"), let at = try? json.integer("at_ms") else { return }
        let now = Date(timeIntervalSince1970: Double(at) / 1_000)
        switch kind {
        case "trade.opened":
            guard let trade = try? Trade(replaying: &json, number: number) else { return }
            // An order whose first prepay is to fail had that behind it when it was written.
            if case .outOfOrder = open(trade) { _ = open(trade) }
        case "trade.paid": _ = pay(number, at: now)
        case "trade.closed": _ = close(number)
        case "trade.told": told(number)
        case "refund.opened":
            guard let trade = try? json.string("trade"), let amount = try? json.integer("amount"), let total = try? json.integer("total")
            else { return }
            let notifyURL = (try? json.optionalString("notify_url")) ?? nil
            _ = refund(Trade.Refund(number: number, trade: trade, amount: amount, notifyURL: notifyURL, createdAt: now), total: total)
        case "refund.settled": settle(number, at: now)
        case "refund.told": toldRefund(number)
        default: return
        }
    }
}

extension Trade {
    fileprivate init(replaying json: inout JSONObject, number: String) throws(JSONError) {
        let expires = try json.optionalInteger("expires_at_ms")
        self.init(
            number: number, attach: try json.optionalString("attach"), notifyURL: try json.string("notify_url"),
            total: try json.integer("total"), expiresAt: expires.map { Date(timeIntervalSince1970: Double($0) / 1_000) },
            parameters: UInt64(bitPattern: try json.integer("parameters")))
    }
}

extension Journal {
    func write(_ kind: String, number: String, at now: Date) {
        write(kind) { json in
            json.member("number", number)
            json.member("at_ms", now.milliseconds)
        }
    }

    func opened(_ trade: Trade, at now: Date) {
        write("trade.opened") { json in
            json.member("number", trade.number)
            json.member("at_ms", now.milliseconds)
            json.member("attach", ifPresent: trade.attach)
            json.member("notify_url", trade.notifyURL)
            json.member("total", trade.total)
            if let expiresAt = trade.expiresAt { json.member("expires_at_ms", expiresAt.milliseconds) }
            json.member("parameters", Int64(bitPattern: trade.parameters))
        }
    }

    func opened(_ refund: Trade.Refund, total: Int64) {
        write("refund.opened") { json in
            json.member("number", refund.number)
            json.member("at_ms", refund.createdAt.milliseconds)
            json.member("trade", refund.trade)
            json.member("amount", refund.amount)
            json.member("total", total)
            json.member("notify_url", ifPresent: refund.notifyURL)
        }
    }
}

extension Date {
    /// Milliseconds since 1970.
    var milliseconds: Int64 { Int64((timeIntervalSince1970 * 1_000).rounded()) }
}
