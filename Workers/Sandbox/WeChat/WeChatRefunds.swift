import FoundationEssentials
import JSON
import Synchronization

/// Refunds: asked for, accepted, and settled a moment later.
extension WeChat {
    func refund(_ call: Call) throws(WeChatProblem) -> Reply {
        let (refund, total) = try parse(call)
        let refunding = book.withLock { book in
            let refunding = book.refund(refund, total: total)
            if case .accepted(_, _, isNew: true) = refunding { journal.opened(refund, total: total) }
            return refunding
        }
        switch refunding {
        case .accepted(let trade, let refund, let isNew):
            if isNew { scheduleSettlement(of: refund) }
            return .json { write(refund, of: trade, into: &$0) }
        case .unknown: throw WeChatProblem(404, "RESOURCE_NOT_EXISTS", "订单不存在")
        case .unpaid: throw WeChatProblem(400, "INVALID_REQUEST", "订单未支付，不能退款")
        case .different: throw WeChatProblem(400, "INVALID_REQUEST", "订单金额或退款金额与之前请求不一致，请核实后再试")
        case .tooMuch: throw WeChatProblem(400, "INVALID_REQUEST", "累计退款金额大于支付金额")
        case .tooMany: throw WeChatProblem(400, "INVALID_REQUEST", "部分退款次数超过50次")
        }
    }

    func refund(numbered number: String) throws(WeChatProblem) -> Reply {
        guard let (trade, refund) = book.withLock({ $0.refund(number) }) else {
            throw WeChatProblem(404, "RESOURCE_NOT_EXISTS", "退款单不存在")
        }
        return .json { write(refund, of: trade, into: &$0) }
    }

    private func parse(_ call: Call) throws(WeChatProblem) -> (refund: Trade.Refund, total: Int64) {
        do throws(JSONError) {
            var json = try JSONObject(parsing: call.body)
            let number = try json.string("out_refund_no", 1...64)
            guard OutNumber.isRefund(number) else { throw JSONError(pointer: "/out_refund_no", problem: "只能是数字、大小写字母_-|*@") }
            let transaction = try json.optionalString("transaction_id", 1...32)
            var trade = try json.optionalString("out_trade_no", 6...32)
            if let transaction {
                guard trade == nil else { throw JSONError(pointer: "/out_trade_no", problem: "transaction_id和out_trade_no二选一") }
                trade = book.withLock { $0.number(ofTransaction: transaction) } ?? ""
            }
            guard let trade else { throw JSONError(pointer: "/out_trade_no", problem: "transaction_id和out_trade_no二选一") }
            let notifyURL = try json.optionalString("notify_url", 1...255)
            _ = try json.optionalString("reason", 1...240)
            var amount = try json.object("amount")
            let refunded = try amount.integer("refund", 1...10_000_000_000)
            let total = try amount.integer("total", 1...10_000_000_000)
            guard try amount.string("currency", 3...3) == "CNY" else { throw JSONError(pointer: "/amount/currency", problem: "仅支持CNY") }
            guard refunded <= total else { throw JSONError(pointer: "/amount/refund", problem: "退款金额大于订单金额") }
            return (Trade.Refund(number: number, trade: trade, amount: refunded, notifyURL: notifyURL, createdAt: call.now), total)
        } catch {
            throw WeChatProblem(error)
        }
    }

    private func write(_ refund: Trade.Refund, of trade: Trade, into json: inout JSONWriter) {
        json.member("refund_id", refund.refundID)
        json.member("out_refund_no", refund.number)
        json.member("transaction_id", trade.transactionID)
        json.member("out_trade_no", trade.number)
        json.member("channel", "ORIGINAL")
        json.member("user_received_account", "支付用户零钱")
        if let succeededAt = refund.succeededAt { json.member("success_time", BeijingTime.timestamp(succeededAt)) }
        json.member("create_time", BeijingTime.timestamp(refund.createdAt))
        json.member("status", refund.succeededAt == nil ? "PROCESSING" : "SUCCESS")
        json.member("funds_account", "AVAILABLE")
        json.object("amount") { json in
            json.member("total", trade.total)
            json.member("refund", refund.amount)
            json.member("payer_total", trade.total)
            json.member("payer_refund", refund.amount)
            json.member("settlement_refund", refund.amount)
            json.member("settlement_total", trade.total)
            json.member("discount_refund", 0)
            json.member("currency", "CNY")
        }
    }

    /// The decrypted object of a refund's notification; its field is `refund_status` where the API says `status`.
    func writeNotice(_ refund: Trade.Refund, of trade: Trade, into json: inout JSONWriter) {
        json.member("mchid", seal.merchantNumber)
        json.member("out_trade_no", trade.number)
        json.member("transaction_id", trade.transactionID)
        json.member("out_refund_no", refund.number)
        json.member("refund_id", refund.refundID)
        json.member("refund_status", "SUCCESS")
        json.member("success_time", BeijingTime.timestamp(refund.succeededAt ?? refund.createdAt))
        json.member("user_received_account", "支付用户零钱")
        json.object("amount") { json in
            json.member("total", trade.total)
            json.member("refund", refund.amount)
            json.member("payer_total", trade.total)
            json.member("payer_refund", refund.amount)
        }
    }
}
