import FoundationEssentials
import JSON
import Logging
import Synchronization

/// A merchant: asked to ship, it ships after a moment and says so through our API.
final class Merchant: Party {
    private let inbox: WebhookInbox
    private let releases: Mutex<Memory<Release>>
    private let courier: Kuaidi100
    private let journal: Journal
    private let agenda: Agenda
    private let outbound: Outbound
    private let configuration: SandboxConfiguration
    private let logger: Logger
    private let tally = Mutex(Tally())

    private struct Tally: Sendable {
        var shipped = 0
        var attempts = 0
        var given = 0
        var unreadable = 0
        /// How often each status was answered instead of 202; 0 for no answer.
        var refusals: [Int: Int] = [:]
    }

    /// How often a merchant tries to report a shipment.
    private static let attemptLimit = 500

    init(
        inbox: WebhookInbox, releases: Memory<Release>, courier: Kuaidi100, journal: Journal, agenda: Agenda, outbound: Outbound,
        configuration: SandboxConfiguration, logger: Logger
    ) {
        self.inbox = inbox
        self.releases = Mutex(releases)
        self.courier = courier
        self.journal = journal
        self.agenda = agenda
        self.outbound = outbound
        self.configuration = configuration
        self.logger = logger
    }

    func answer(_ call: Call) -> Reply {
        switch inbox.take(call) {
        case .refused(let reply): return reply
        case .again: return Reply(204)
        case .new(let type, let data):
            if type == "fulfillment.released" { release(data, at: call.now) }
            return Reply(204)
        }
    }

    func trouble(_ trouble: Trouble) -> Reply { .shop(trouble) }

    private func release(_ data: JSONObject, at now: Date) {
        var data = data
        guard let fulfillment = try? data.string("fulfillment", 1...64), let order = try? data.string("order", 1...64) else {
            return tally.withLock { $0.unreadable += 1 }
        }
        let merchant = ((try? data.optionalString("merchant")) ?? nil) ?? ""
        let release = Release(fulfillment: fulfillment, order: order, merchant: merchant, carrier: configuration.carrier)
        let isNew = releases.withLock { releases in
            guard releases[fulfillment] == nil else { return false }
            releases.insert(fulfillment, release)
            journal.released(release, at: now)
            return true
        }
        if isNew { ship(release, after: Seed(fulfillment).around(configuration.delays.shipping)) }
    }

    /// Goes on with what was under way when the sandbox was stopped.
    func resume() {
        for release in releases.withLock({ Array($0.all) }) where !release.isShipped { ship(release, after: .zero) }
    }

    private func ship(_ release: Release, attempt number: Int = 1, after delay: Duration) {
        agenda.schedule(after: delay) {
            let status = await self.report(release)
            guard status != 202 else { return self.shipped(release) }
            let isFirst = self.tally.withLock { tally in
                tally.refusals[status, default: 0] += 1
                if number >= Self.attemptLimit { tally.given += 1 }
                return tally.refusals[status] == 1
            }
            if isFirst {
                self.logger.notice(
                    "the intake didn't take a shipment", metadata: ["status": "\(status)", "fulfillment": "\(release.fulfillment)"])
            }
            guard number < Self.attemptLimit else { return }
            let gaps = self.configuration.delays.reports
            self.ship(release, attempt: number + 1, after: gaps.isEmpty ? .seconds(1) : gaps[min(number - 1, gaps.count - 1)])
        }
    }

    /// - Returns: the status, 0 where no answer came.
    private func report(_ release: Release) async -> Int {
        tally.withLock { $0.attempts += 1 }
        let key = configuration.merchantAPIKeys[release.merchant] ?? configuration.merchantAPIKey
        let body = JSONWriter.object { json in
            json.member("order", release.order)
            json.member("carrier", release.carrier)
            json.member("waybill", release.waybill)
        }
        let url = "\(configuration.intakeURL)/v1/fulfillments/\(release.fulfillment)/ship"
        let headers = [("Content-Type", "application/json"), ("Authorization", "Bearer \(key)")]
        return await outbound.post(url, headers, body, configuration.delays.deadline)?.status ?? 0
    }

    private func shipped(_ release: Release) {
        let now = Date()
        courier.begin(release.waybill, company: release.carrier, at: now)
        releases.withLock { releases in
            _ = releases.update(release.fulfillment) { $0.isShipped = true }
            journal.write("fulfillment.shipped", number: release.fulfillment, at: now)
        }
        tally.withLock { $0.shipped += 1 }
    }

    func report(_ json: inout JSONWriter) {
        inbox.report(&json)
        let tally = tally.withLock { $0 }
        json.member("released", releases.withLock { $0.count })
        json.member("shipped", tally.shipped)
        json.member("attempts", tally.attempts)
        json.member("given_up", tally.given)
        json.member("unreadable", tally.unreadable)
        json.object("refusals") { json in
            for (status, count) in tally.refusals.sorted(by: { $0.key < $1.key }) {
                json.name("\(status)")
                json.value(count)
            }
        }
    }
}
