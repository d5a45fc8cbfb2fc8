import JSON
import Synchronization

/// What WeChat Pay knows, for whoever counts afterwards.
extension WeChat {
    func report(_ json: inout JSONWriter) {
        let (totals, remembered, forgotten) = book.withLock { ($0.totals, $0.remembered, $0.forgotten) }
        let tally = tally.withLock { $0 }
        json.member("invalid_signatures", tally.invalidSignatures)
        json.member("refused", tally.refused)
        json.object("trades") { json in
            json.member("opened", totals.opened)
            json.member("closed", totals.closed)
            json.member("remembered", remembered)
            json.member("forgotten", forgotten)
        }
        json.object("charges") { json in
            json.member("count", totals.charged)
            json.member("total", totals.chargedAmount)
            json.member("doubles", totals.doubles)
        }
        json.object("refunds") { json in
            json.member("count", totals.refunded)
            json.member("total", totals.refundedAmount)
        }
        json.object("notifications") { json in
            json.member("sent", tally.sent)
            json.member("taken", tally.taken)
            json.member("lost", tally.lost)
            json.member("given_up", tally.given)
            json.member("probes", tally.probes)
            json.member("probes_taken", tally.probesTaken)
        }
    }

    /// Every trade that is remembered, or the one of a number.
    func charges(_ number: String?) -> Reply {
        let trades = book.withLock { book in number.map { book[$0].map { [$0] } ?? [] } ?? book.all }
        return .json { json in
            json.array("charges", of: trades) { json, trade in
                json.object { json in
                    json.member("out_trade_no", trade.number)
                    json.member("order", trade.order)
                    json.member("state", trade.state.rawValue)
                    json.member("total", trade.total)
                    json.member("charges", trade.charges)
                    json.member("refunded", trade.refunded)
                }
            }
        }
    }
}
