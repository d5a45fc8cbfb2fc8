import Crypto
import FoundationEssentials
import JSON
import Synchronization

/// Kuaidi100: subscriptions to a parcel, queries, and pushes of what befell it.
final class Kuaidi100: Party {
    let parcels: Mutex<Memory<Parcel>>
    let key: String
    let customer: String
    let journal: Journal
    let agenda: Agenda
    let outbound: Outbound
    let delays: SandboxDelays
    let tally = Mutex(Tally())

    /// What was asked and what became of pushes.
    struct Tally: Sendable {
        var invalidSignatures = 0
        var refused = 0
        var subscriptions = 0
        var repeats = 0
        var queries = 0
        var pushed = 0
        var taken = 0
        var lost = 0
        var given = 0
    }

    init(
        keys: SandboxKeys, parcels: Memory<Parcel>, journal: Journal, agenda: Agenda, outbound: Outbound,
        configuration: SandboxConfiguration
    ) {
        key = keys.courierKey
        customer = keys.courierCustomer
        self.parcels = Mutex(parcels)
        self.journal = journal
        self.agenda = agenda
        self.outbound = outbound
        delays = configuration.delays
    }

    func answer(_ call: Call) -> Reply {
        guard call.method == "POST" else { return Self.failure("500", "请使用POST方式提交") }
        let form = Form(call.body)
        switch call.path {
        case "/poll": return subscribe(form, at: call.now)
        case "/poll/query.do": return query(form, at: call.now)
        default: return Reply(404)
        }
    }

    func trouble(_ trouble: Trouble) -> Reply {
        // Its errors come with HTTP 200 and a code of its own.
        switch trouble {
        case .broken: Self.failure("501", "服务器错误")
        case .busy: Self.failure("502", "服务器繁忙")
        }
    }

    func report(_ json: inout JSONWriter) {
        let tally = tally.withLock { $0 }
        json.member("invalid_signatures", tally.invalidSignatures)
        json.member("refused", tally.refused)
        json.member("parcels", parcels.withLock { $0.count })
        json.member("subscriptions", tally.subscriptions)
        json.member("repeated_subscriptions", tally.repeats)
        json.member("queries", tally.queries)
        json.object("pushes") { json in
            json.member("sent", tally.pushed)
            json.member("taken", tally.taken)
            json.member("lost", tally.lost)
            json.member("given_up", tally.given)
        }
    }

    /// A parcel is collected: its way begins, whether or not anybody wants to hear of it.
    @discardableResult
    func begin(_ number: String, company: String, at now: Date) -> Parcel {
        parcels.withLock { parcels in
            if let known = parcels[number] { return known }
            let parcel = Parcel(number: number, company: company, beganAt: now)
            parcels.insert(number, parcel)
            journal.began(parcel)
            return parcel
        }
    }

    // MARK: - Query

    private func query(_ form: Form, at now: Date) -> Reply {
        tally.withLock { $0.queries += 1 }
        guard let param = form["param"], let sign = form["sign"], let customer = form["customer"] else {
            return refuse("400", "提交的数据不完整，或者贵公司没授权")
        }
        guard customer == self.customer else { return refuse("400", "提交的数据不完整，或者贵公司没授权") }
        guard sign == Self.signature(param + key + customer) else {
            tally.withLock { $0.invalidSignatures += 1 }
            return Self.failure("503", "验证签名失败")
        }
        guard var json = try? JSONObject(parsing: Array(param.utf8)), let company = try? json.string("com", 1...64),
            let number = try? json.string("num", 6...32)
        else { return refuse("400", "提交的数据不完整，或者贵公司没授权") }
        let phone = ((try? json.optionalString("phone")) ?? nil) ?? ""
        let detail = ((try? json.optionalString("resultv2")) ?? nil) ?? ""
        guard Parcel.companies.contains(company) else { return refuse("400", "找不到对应公司") }
        if Parcel.askingForPhone.contains(company), phone.utf8.count < 4 { return refuse("408", "快递公司参数异常：验证码错误") }
        let parcel = begin(number, company: company, at: now)
        let scans = parcel.scans(every: delays.scan).filter { $0.at <= now }
        guard parcel.company == company, !scans.isEmpty else { return Self.failure("500", "查询无结果，请隔段时间再查") }
        return .json { Self.write(parcel, scans, withCodes: detail == "4" || detail == "8", into: &$0) }
    }

    private func refuse(_ code: String, _ message: String) -> Reply {
        tally.withLock { $0.refused += 1 }
        return Self.failure(code, message)
    }

    // MARK: - Wording

    /// What a query answers and a push carries as `lastResult`: newest first.
    static func write(_ parcel: Parcel, _ scans: [Parcel.Scan], withCodes: Bool, into json: inout JSONWriter) {
        let last = scans.last
        json.member("message", "ok")
        json.member("nu", parcel.number)
        json.member("ischeck", last?.state == "3" ? "1" : "0")
        json.member("com", parcel.company)
        json.member("status", "200")
        json.member("condition", "F00")
        json.member("state", (withCodes ? last?.code : last?.state) ?? "0")
        json.array("data", of: scans.reversed()) { json, scan in
            json.object { json in
                json.member("time", BeijingTime.plain(scan.at))
                json.member("ftime", BeijingTime.plain(scan.at))
                json.member("context", scan.context)
                json.member("status", scan.status)
                if withCodes { json.member("statusCode", scan.code) }
            }
        }
    }

    static func failure(_ code: String, _ message: String) -> Reply {
        .json { json in
            json.member("result", false)
            json.member("returnCode", code)
            json.member("message", message)
        }
    }

    /// Upper-case hexadecimal MD5, which Kuaidi100 signs with.
    static func signature(_ text: String) -> String {
        Insecure.MD5.hash(data: Array(text.utf8)).hexadecimal.uppercased()
    }
}
