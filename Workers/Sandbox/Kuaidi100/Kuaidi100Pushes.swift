import FoundationEssentials
import JSON
import Synchronization

/// Subscriptions, and the pushes they bring.
extension Kuaidi100 {
    func subscribe(_ form: Form, at now: Date) -> Reply {
        guard form["schema"] == "json", let param = form["param"], var json = try? JSONObject(parsing: Array(param.utf8)) else {
            return refused("700", "订阅方的订阅数据存在错误")
        }
        guard ((try? json.optionalString("key")) ?? nil) == key else {
            tally.withLock { $0.invalidSignatures += 1 }
            return Self.failure("600", "您不是合法的订阅者")
        }
        guard let company = try? json.string("company", 1...64), let number = try? json.string("number", 6...32),
            var parameters = try? json.object("parameters"), let callback = try? parameters.string("callbackurl", 1...512),
            callback.hasPrefix("http://") || callback.hasPrefix("https://")
        else { return refused("700", "订阅方的订阅数据存在错误") }
        guard Parcel.companies.contains(company) else { return refused("702", "识别不到该单号对应的快递公司") }
        let detail = ((try? parameters.optionalString("resultv2")) ?? nil) ?? ""
        let phone = ((try? parameters.optionalString("phone")) ?? nil) ?? ""
        let subscription = Parcel.Subscription(
            callback: callback, salt: (try? parameters.optionalString("salt")) ?? nil, wantsCodes: detail == "4" || detail == "8", at: now)
        begin(number, company: company, at: now)
        let parcel = parcels.withLock { parcels -> Parcel? in
            guard parcels[number]?.subscription == nil else { return nil }
            _ = parcels.update(number) { $0.subscription = subscription }
            guard let parcel = parcels[number] else { return nil }
            journal.subscribed(parcel, to: subscription)
            return parcel
        }
        guard let parcel else {
            tally.withLock { $0.repeats += 1 }
            return Self.failure("501", "重复订阅")
        }
        tally.withLock { $0.subscriptions += 1 }
        let isShown = !Parcel.askingForPhone.contains(company) || phone.utf8.count >= 4
        if isShown { schedulePushes(of: parcel, at: now) } else { abort(parcel, subscription) }
        return .json { json in
            json.member("result", true)
            json.member("returnCode", "200")
            json.member("message", "提交成功")
        }
    }

    private func refused(_ code: String, _ message: String) -> Reply {
        tally.withLock { $0.refused += 1 }
        return Self.failure(code, message)
    }

    /// Goes on with what was under way when the sandbox was stopped.
    func resume(at now: Date) {
        for parcel in parcels.withLock({ Array($0.all) }) where parcel.subscription != nil && !parcel.isDone {
            schedulePushes(of: parcel, at: now)
        }
    }

    /// A push for every scan to come, and one at once for those that were; the next when the one before was sent.
    private func schedulePushes(of parcel: Parcel, at now: Date) {
        let scans = parcel.scans(every: delays.scan)
        var counts = Array(max(scans.count { $0.at <= now }, 1)...scans.count)
        if parcel.behaviour == .pushedOutOfOrder, let index = counts.firstIndex(of: 2), index + 1 < counts.count {
            counts.swapAt(index, index + 1)
        }
        follow(parcel, scans, counts[...])
    }

    private func follow(_ parcel: Parcel, _ scans: [Parcel.Scan], _ counts: ArraySlice<Int>) {
        guard let count = counts.first else { return }
        let wait = Duration.milliseconds(max(scans[count - 1].at.milliseconds - Date().milliseconds, 0))
        agenda.schedule(after: wait) {
            await self.push(parcel, Array(scans[..<count]))
            self.follow(parcel, scans, counts.dropFirst())
        }
    }

    private func push(_ parcel: Parcel, _ scans: [Parcel.Scan]) async {
        guard let subscription = parcel.subscription else { return }
        guard parcel.behaviour != .neverPushed else { return tally.withLock { $0.lost += 1 } }
        let isSigned = scans.last?.state == "3"
        let param = JSONWriter.object { json in
            json.member("status", isSigned ? "shutdown" : "polling")
            json.member("billstatus", isSigned ? "check" : "sending")
            json.member("message", "")
            json.member("autoCheck", "0")
            json.member("comOld", "")
            json.member("comNew", "")
            json.object("lastResult") { Self.write(parcel, scans, withCodes: subscription.wantsCodes, into: &$0) }
        }
        let body = Self.form(param, salt: subscription.salt)
        await send(body, to: subscription.callback) { if isSigned { self.done(parcel.number) } }
        if parcel.behaviour == .pushedTwice { _ = await attempt(body, to: subscription.callback) }
    }

    /// The push that nothing was found: really after three days.
    private func abort(_ parcel: Parcel, _ subscription: Parcel.Subscription) {
        let param = JSONWriter.object { json in
            json.member("status", "abort")
            json.member("billstatus", "")
            json.member("message", "3天查询无记录")
            json.member("autoCheck", "0")
            json.member("comOld", "")
            json.member("comNew", "")
            json.object("lastResult") { json in
                json.member("message", "快递公司参数异常：验证码错误")
                json.member("nu", parcel.number)
                json.member("ischeck", "0")
                json.member("com", parcel.company)
                json.member("status", "408")
                json.member("state", "0")
                json.array("data") { _ in }
            }
        }
        let body = Self.form(param, salt: subscription.salt)
        agenda.schedule(after: delays.scan) { await self.send(body, to: subscription.callback) { self.done(parcel.number) } }
    }

    private func done(_ number: String) {
        parcels.withLock { parcels in
            _ = parcels.update(number) { $0.isDone = true }
            journal.write("parcel.done", number: number, at: Date())
        }
    }

    private static func form(_ param: [UInt8], salt: String?) -> [UInt8] {
        let text = String(decoding: param, as: UTF8.self)
        guard let salt else { return Form.encode([("param", text)]) }
        return Form.encode([("param", text), ("sign", signature(text + salt))])
    }

    /// Pushes once, and again later where it isn't taken.
    private func send(_ body: [UInt8], to url: String, attempt number: Int = 0, _ over: @escaping @Sendable () -> Void) async {
        if await attempt(body, to: url) { return over() }
        guard number < delays.pushes.count else {
            tally.withLock { $0.given += 1 }
            return over()
        }
        agenda.schedule(after: delays.pushes[number]) { await self.send(body, to: url, attempt: number + 1, over) }
    }

    /// - Returns: whether the push was taken: 200, and `result` true in the body.
    private func attempt(_ body: [UInt8], to url: String) async -> Bool {
        let answer = await outbound.post(url, [("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")], body, delays.deadline)
        var json = answer.flatMap { $0.status == 200 ? try? JSONObject(parsing: $0.body) : nil }
        let isTaken = (try? json?.bool("result")) ?? false
        tally.withLock { tally in
            tally.pushed += 1
            if isTaken { tally.taken += 1 }
        }
        return isTaken
    }
}
