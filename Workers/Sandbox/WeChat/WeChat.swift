import FoundationEssentials
import JSON
import Synchronization

/// WeChat Pay, APIv3, Native: what a direct merchant of the mainland calls.
final class WeChat: Party {
    let applicationID: String
    let seal: WeChatSeal
    let book: Mutex<TradeBook>
    let journal: Journal
    let agenda: Agenda
    let outbound: Outbound
    let delays: SandboxDelays
    let probeInterval: Int
    let tally = Mutex(Tally())

    /// What was refused and what became of notifications.
    struct Tally: Sendable {
        var invalidSignatures = 0
        var refused = 0
        var sent = 0
        var taken = 0
        var lost = 0
        var given = 0
        var probes = 0
        /// Probes that were taken for genuine: a hole in the verification.
        var probesTaken = 0
    }

    init(
        keys: SandboxKeys, book: TradeBook, journal: Journal, agenda: Agenda, outbound: Outbound, configuration: SandboxConfiguration
    ) throws(SandboxError) {
        do {
            seal = try WeChatSeal(keys: keys)
        } catch {
            throw SandboxError("\(configuration.directory)/keys.json: a key can't be used: \(error): remove the file to have new keys made")
        }
        applicationID = keys.applicationID
        self.book = Mutex(book)
        self.journal = journal
        self.agenda = agenda
        self.outbound = outbound
        delays = configuration.delays
        probeInterval = configuration.probeInterval
    }

    func answer(_ call: Call) -> Reply {
        do throws(WeChatSeal.Refusal) {
            try seal.verify(call)
        } catch {
            tally.withLock { $0.invalidSignatures += 1 }
            return WeChatProblem.signature(error, of: call)
        }
        var reply: Reply
        do throws(WeChatProblem) {
            reply = try route(call)
        } catch {
            tally.withLock { $0.refused += 1 }
            reply = error.reply
        }
        reply.headers += seal.headers(signing: reply.body, at: call.now)
        return reply
    }

    func trouble(_ trouble: Trouble) -> Reply {
        switch trouble {
        case .broken: return WeChatProblem.systemError.reply
        case .busy:
            var reply = WeChatProblem.tooOften.reply
            reply.headers.append(("Retry-After", "1"))
            return reply
        }
    }

    private func route(_ call: Call) throws(WeChatProblem) -> Reply {
        let parts = call.path.split(separator: "/").map(String.init)
        switch (call.method, parts.count) {
        case ("POST", 4) where parts == ["v3", "pay", "transactions", "native"]: return try prepay(call)
        case ("GET", 5) where parts[..<4] == ["v3", "pay", "transactions", "out-trade-no"]: return try query(parts[4], call)
        case ("POST", 6) where parts[..<4] == ["v3", "pay", "transactions", "out-trade-no"] && parts[5] == "close":
            return try close(parts[4], call)
        case ("POST", 4) where parts == ["v3", "refund", "domestic", "refunds"]: return try refund(call)
        case ("GET", 5) where parts[..<4] == ["v3", "refund", "domestic", "refunds"]: return try refund(numbered: parts[4])
        default: throw WeChatProblem(404, "RESOURCE_NOT_EXISTS", "请求的资源不存在")
        }
    }

    // MARK: - Payments

    private func prepay(_ call: Call) throws(WeChatProblem) -> Reply {
        let trade = try Prepay(parsing: call.body, merchantNumber: seal.merchantNumber, applicationID: applicationID).trade
        let opening = book.withLock { book in
            let opening = book.open(trade)
            if case .opened = opening { journal.opened(trade, at: call.now) }
            return opening
        }
        switch opening {
        case .different: throw WeChatProblem(403, "OUT_TRADE_NO_USED", "商户订单号重复: 请求重入时，参数与首次请求时不一致")
        case .closed: throw WeChatProblem(400, "ORDER_CLOSED", "订单已关闭")
        case .outOfOrder: throw .systemError
        case .opened: schedulePayment(of: trade, at: call.now)
        case .repeated: break
        }
        return .json { $0.member("code_url", trade.codeURL) }
    }

    private func query(_ number: String, _ call: Call) throws(WeChatProblem) -> Reply {
        try checkMerchant(Form(call.query)["mchid"])
        guard let trade = book.withLock({ $0[number] }) else { throw WeChatProblem(404, "ORDER_NOT_EXIST", "订单不存在") }
        return .json { write(trade, into: &$0) }
    }

    private func close(_ number: String, _ call: Call) throws(WeChatProblem) -> Reply {
        var merchant: String?
        do throws(JSONError) {
            var json = try JSONObject(parsing: call.body)
            merchant = try json.string("mchid", 1...32)
        } catch {
            throw WeChatProblem(error)
        }
        try checkMerchant(merchant)
        let closing = book.withLock { book in
            let closing = book.close(number)
            if case .closed = closing { journal.write("trade.closed", number: number, at: call.now) }
            return closing
        }
        switch closing {
        case .closed, .alreadyClosed: return Reply(204)
        case .paid: throw WeChatProblem(400, "ORDERPAID", "该订单已支付，不能关闭")
        case .unknown: throw WeChatProblem(404, "ORDER_NOT_EXIST", "订单不存在")
        }
    }

    private func checkMerchant(_ merchant: String?) throws(WeChatProblem) {
        guard let merchant else { throw WeChatProblem(400, "PARAM_ERROR", "缺少参数mchid") }
        guard merchant == seal.merchantNumber else { throw WeChatProblem(400, "PARAM_ERROR", "mchid与签名的商户号不一致", field: "/mchid") }
    }

    /// The transaction object (query and notification).
    func write(_ trade: Trade, into json: inout JSONWriter) {
        json.member("appid", applicationID)
        json.member("mchid", seal.merchantNumber)
        json.member("out_trade_no", trade.number)
        json.member("trade_state", trade.state.rawValue)
        json.member("trade_state_desc", trade.state.words)
        json.member("attach", ifPresent: trade.attach)
        if let paidAt = trade.paidAt {
            json.member("transaction_id", trade.transactionID)
            json.member("trade_type", "NATIVE")
            json.member("bank_type", "OTHERS")
            json.member("success_time", BeijingTime.timestamp(paidAt))
            json.object("payer") { $0.member("openid", "o" + Seed("openid " + trade.number).letters(27)) }
        }
        json.object("amount") { json in
            json.member("total", trade.total)
            if trade.paidAt != nil { json.member("payer_total", trade.total) }
            json.member("currency", "CNY")
            json.member("payer_currency", "CNY")
        }
    }
}

extension WeChatSeal {
    init(keys: SandboxKeys) throws {
        try self.init(
            merchantNumber: keys.merchantNumber, merchantSerial: keys.merchantSerial, merchantKey: keys.merchantPublicKey(),
            platformSerial: keys.platformSerial, platformKey: keys.platformKey, apiKey: keys.apiKey)
    }
}
