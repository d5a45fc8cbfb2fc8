import FoundationEssentials
import JSON
import Logging

/// Everybody outside, and what they share.
struct World: Sendable {
    let weChat: WeChat
    let courier: Kuaidi100
    let messages: AliyunSMS
    let merchant: Merchant
    let storefront: Storefront
    let faults = FaultBoard()
    let agenda: Agenda
    let outbound: Outbound

    init(configuration: SandboxConfiguration, outbound: Outbound, logger: Logger) throws(SandboxError) {
        let keys = try SandboxKeys.load(directory: configuration.directory)
        let limit = configuration.memoryLimit
        var trades = TradeBook(limit: limit)
        var parcels = Memory<Parcel>(limit: limit)
        var releases = Memory<Release>(limit: limit)
        var log = MessageLog(limit: limit)
        let journal = try Journal(directory: configuration.directory, logger: logger) { entry, kind in
            switch kind.prefix(while: { $0 != "." }) {
            case "trade", "refund": trades.replay(entry, kind: kind)
            case "parcel": parcels.replay(entry, kind: kind)
            case "fulfillment": releases.replay(entry, kind: kind)
            case "message": log.replay(entry, kind: kind)
            default: break
            }
        }
        agenda = Agenda()
        self.outbound = outbound
        weChat = try WeChat(
            keys: keys, book: trades, journal: journal, agenda: agenda, outbound: outbound, configuration: configuration)
        courier = Kuaidi100(
            keys: keys, parcels: parcels, journal: journal, agenda: agenda, outbound: outbound, configuration: configuration)
        messages = AliyunSMS(keys: keys, log: log, journal: journal)
        merchant = Merchant(
            inbox: try WebhookInbox(secret: keys.merchantWebhookSecret, limit: limit), releases: releases, courier: courier,
            journal: journal, agenda: agenda, outbound: outbound, configuration: configuration, logger: logger)
        storefront = Storefront(inbox: try WebhookInbox(secret: keys.storefrontWebhookSecret, limit: limit))
    }

    var parties: [PartyName: any Party] {
        [.wechat: weChat, .kuaidi100: courier, .aliyun: messages, .merchant: merchant, .storefront: storefront]
    }

    /// Goes on with what was under way when the sandbox was stopped.
    func resume() {
        let now = Date()
        weChat.resume(at: now)
        courier.resume(at: now)
        merchant.resume()
    }

    // MARK: - For whoever tests

    /// `/_sandbox/…`: faults and counts.
    func administer(_ call: Call) -> Reply {
        switch (call.method, call.path) {
        case ("GET", "/state"): return state()
        case ("GET", "/charges"): return weChat.charges(Form(call.query)["out_trade_no"])
        case ("GET", "/messages"): return messages.messages(Form(call.query)["out_id"])
        case ("GET", "/faults"): return .json { faults.write(&$0) }
        case ("POST", "/faults"):
            do throws(JSONError) {
                try faults.set(call.body)
                return .json { faults.write(&$0) }
            } catch {
                return .json(400) { json in
                    json.member("error", error.problem)
                    json.member("pointer", error.pointer)
                }
            }
        default:
            return Reply(
                call.mount == "/" ? 200 : 404, headers: [("Content-Type", "text/plain; charset=utf-8")], body: Array(Sandbox.help.utf8))
        }
    }

    private func state() -> Reply {
        let load = agenda.load
        return .json { json in
            for name in PartyName.allCases {
                let counts = faults.counts(name)
                json.name(name.rawValue)
                json.object { json in
                    json.member("requests", counts.calls)
                    json.member("spoiled", counts.spoiled)
                    parties[name]?.report(&json)
                }
            }
            json.object("agenda") { json in
                json.member("waiting", load.waiting)
                json.member("dropped", load.refused)
            }
        }
    }
}
