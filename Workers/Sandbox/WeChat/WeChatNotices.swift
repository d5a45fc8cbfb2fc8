import FoundationEssentials
import JSON
import Synchronization

/// What happens by itself: buyers pay, refunds arrive, and we are notified until we take it.
extension WeChat {
    /// Goes on with what was under way when the sandbox was stopped.
    func resume(at now: Date) {
        for trade in book.withLock({ $0.all }) {
            switch trade.state {
            case .unpaid: schedulePayment(of: trade, at: now)
            case .closed where trade.behaviour == .paysLate: schedulePayment(of: trade, at: now)
            case .paid where !trade.isTold: notifyPayment(of: trade)
            default: break
            }
            for refund in trade.refunds {
                if refund.succeededAt == nil { scheduleSettlement(of: refund) } else if !refund.isTold { notify(refund) }
            }
        }
    }

    func schedulePayment(of trade: Trade, at now: Date) {
        let delay: Duration
        switch trade.behaviour {
        case .neverPays: return
        case .paysLate:
            let expiry = trade.expiresAt?.timeIntervalSince(now) ?? 7_200
            delay = .seconds(max(expiry, 0)) + delays.lateness
        default: delay = Seed(trade.number).around(delays.payment)
        }
        agenda.schedule(after: delay) { self.pay(trade.number, at: Date()) }
    }

    /// The buyer pays.
    func pay(_ number: String, at now: Date) {
        let trade = book.withLock { book -> Trade? in
            // Past its expiry nobody can pay, but for the one whose bank had already begun.
            guard let trade = book[number], trade.behaviour == .paysLate || trade.expiresAt.map({ $0 > now }) ?? true else { return nil }
            let paying = book.pay(number, at: now)
            if case .nothing = paying { return nil }
            journal.write("trade.paid", number: number, at: now)
            guard case .charged = paying else { return nil }
            return book[number]
        }
        if let trade { notifyPayment(of: trade) }
    }

    private func notifyPayment(of trade: Trade) {
        guard trade.behaviour != .paysAndIsNotTold else {
            tally.withLock { $0.lost += 1 }
            return told(trade)
        }
        let notice = notice(
            event: "TRANSACTION.SUCCESS", summary: "支付成功", seed: "payment " + trade.number, url: trade.notifyURL, kind: "transaction"
        ) {
            self.write(trade, into: &$0)
        }
        send(notice) { self.told(trade) }
        if trade.behaviour == .paysAndIsToldTwice {
            // WeChat Pay sends it over a second network path as well, at about the same time.
            agenda.schedule(after: .milliseconds(200)) { _ = await self.attempt(notice) }
        }
    }

    private func told(_ trade: Trade) {
        book.withLock { book in
            book.told(trade.number)
            journal.write("trade.told", number: trade.number, at: Date())
        }
    }

    func scheduleSettlement(of refund: Trade.Refund) {
        agenda.schedule(after: Seed(refund.number).around(delays.refund)) {
            let now = Date()
            self.book.withLock { book in
                book.settle(refund.number, at: now)
                self.journal.write("refund.settled", number: refund.number, at: now)
            }
            self.notify(refund)
        }
    }

    private func notify(_ refund: Trade.Refund) {
        guard let url = refund.notifyURL, let (trade, refund) = book.withLock({ $0.refund(refund.number) }) else { return }
        let notice = notice(event: "REFUND.SUCCESS", summary: "退款成功", seed: "refund " + refund.number, url: url, kind: "refund") {
            self.writeNotice(refund, of: trade, into: &$0)
        }
        send(notice) {
            self.book.withLock { book in
                book.toldRefund(refund.number)
                self.journal.write("refund.told", number: refund.number, at: Date())
            }
        }
    }

    // MARK: - Sending

    struct Notice: Sendable {
        let url: String
        let body: [UInt8]
    }

    private func notice(
        event: String, summary: String, seed: String, url: String, kind: String, _ content: (inout JSONWriter) -> Void
    ) -> Notice {
        let resource = JSONWriter.object(content)
        let body = JSONWriter.object { json in
            json.member("id", "EV-" + Seed(seed).digits(28))
            json.member("create_time", BeijingTime.timestamp(Date()))
            json.member("resource_type", "encrypt-resource")
            json.member("event_type", event)
            json.member("summary", summary)
            seal.encrypt(resource, kind: kind, into: &json)
        }
        return Notice(url: url, body: body)
    }

    /// Sends a notification until it is taken or the schedule is over.
    private func send(_ notice: Notice, attempt number: Int = 0, _ taken: @escaping @Sendable () -> Void) {
        let delay = number == 0 ? .zero : delays.notifications[number - 1]
        agenda.schedule(after: delay) {
            if number == 0 { await self.probe(notice) }
            if await self.attempt(notice) { return taken() }
            if number < self.delays.notifications.count {
                self.send(notice, attempt: number + 1, taken)
            } else {
                self.tally.withLock { $0.given += 1 }
                taken()
            }
        }
    }

    /// - Returns: whether it was taken: 200 or 204 in time. The status counts, whatever the body says.
    private func attempt(_ notice: Notice) async -> Bool {
        let isTaken = await post(notice, isProbe: false)
        tally.withLock { tally in
            tally.sent += 1
            if isTaken { tally.taken += 1 }
        }
        return isTaken
    }

    /// Now and then WeChat Pay sends a signature that must not verify, to see whether we look.
    private func probe(_ notice: Notice) async {
        let isDue = tally.withLock { probeInterval > 0 && $0.sent % probeInterval == probeInterval - 1 }
        guard isDue else { return }
        let isTaken = await post(notice, isProbe: true)
        tally.withLock { tally in
            tally.probes += 1
            if isTaken { tally.probesTaken += 1 }
        }
    }

    private func post(_ notice: Notice, isProbe: Bool) async -> Bool {
        let headers = seal.headers(signing: notice.body, at: Date(), isProbe: isProbe)
        let answer = await outbound.post(notice.url, headers + [("Content-Type", "application/json")], notice.body, delays.deadline)
        return answer.map { $0.status == 200 || $0.status == 204 } ?? false
    }
}
