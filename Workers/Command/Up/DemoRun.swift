internal import Commerce
internal import Database
internal import FoundationEssentials
internal import HTTPClient
internal import JSON
internal import Workers

/// Places a number of orders, waits until each has reached its end, and checks everything.
struct DemoRun: Sendable {
    let orders: Int
    let rate: Double
    let site: UpSite
    let shop: UpSite.Shop

    /// How long nothing may move before it is given up.
    private static let patience: Duration = .seconds(120)
    /// Orders sent at once, at most.
    private static let concurrency = 32

    private typealias Placed = (id: UUID, fate: SampleOrder.Fate)

    /// - Returns: whether all is right.
    func run() async throws -> Bool {
        let buyers = Buyers(client: shop.environment.http, intake: shop.intakeURL, key: shop.storefrontKey)
        let start = Date()
        let began = ContinuousClock.now
        let watch = Task { await self.watch(buyers, since: start, began) }
        defer { watch.cancel() }
        let placed = try await place(with: buyers, run: "demo-\(Int(start.timeIntervalSince1970))")
        let placing = ContinuousClock.now - began
        var problems = try await awaitEnds(placed)
        let whole = ContinuousClock.now - began
        watch.cancel()
        await watch.value
        site.reporter.endProgress()

        problems += try await wrongEnds(placed)
        problems += try await wrongCharges(placed)
        let findings = try await audit()
        problems += findings.filter { !$0.isClean }.map(AuditCommand.text)
        let summary = DemoSummary(
            fates: Dictionary(placed.map { ($0.fate, 1) }, uniquingKeysWith: +), placing: placing, whole: whole, retried: buyers.retried,
            restarts: site.restarts, checks: findings.count, problems: problems)
        site.reporter.say(summary.text)
        site.reporter.event("summary", summary.write)
        return problems.isEmpty
    }

    // MARK: - Placing

    private func place(with buyers: Buyers, run: String) async throws -> [Placed] {
        try await withThrowingTaskGroup(of: Placed.self) { group in
            var placed: [Placed] = []
            let began = ContinuousClock.now
            for number in 0..<orders {
                if number >= Self.concurrency, let one = try await group.next() { placed.append(one) }
                try await Task.sleep(until: began + .seconds(Double(number) / rate))
                let order = SampleOrder(number, run: run, shop: shop.goods)
                group.addTask { (try await buyers.place(order), order.fate) }
            }
            for try await one in group { placed.append(one) }
            return placed
        }
    }

    private func watch(_ buyers: Buyers, since start: Date, _ began: ContinuousClock.Instant) async {
        while !Task.isCancelled {
            if let counts = try? await WayCounts.read(since: start, accepted: buyers.accepted, from: shop.environment.database) {
                site.reporter.progress(block: counts.block(of: orders, after: ContinuousClock.now - began), line: counts.line)
                site.reporter.event("progress", counts.write)
            }
            try? await Task.sleep(for: .milliseconds(500))
        }
    }

    // MARK: - Waiting

    /// Waits until each order has ended, and what was paid too late is given back.
    /// - Returns: what has not ended although nothing moves any more.
    private func awaitEnds(_ placed: [Placed]) async throws -> [String] {
        let ids = Parameter.uuids(placed.map(\.id))
        let refunds = placed.count { $0.fate == .paidLate }
        var last = -1
        var movedAt = ContinuousClock.now
        while true {
            try site.check()
            // The database may be away for a moment: somebody may be trying what happens then.
            if let counts = try? await shop.environment.database.query(
                Query(
                    """
                    select (select count(*) from orders where id = any($1) and ended is not null),
                        (select count(*) from refunds where order_id = any($1) and state = 'settled'),
                        (select count(*) from journal)
                    """, ids)
            ).only() {
                let (ended, refunded) = (Int(try counts.integer(0)), Int(try counts.integer(1)))
                if ended == placed.count, refunded >= refunds { return [] }
                let moved = Int(try counts.integer(2)) + ended
                if moved != last { movedAt = .now }
                last = moved
            }
            if ContinuousClock.now - movedAt > Self.patience { return try await unfinished(ids) }
            try await Task.sleep(for: .milliseconds(250))
        }
    }

    private func unfinished(_ ids: Parameter) async throws -> [String] {
        let rows = try await shop.environment.database.query(
            Query(
                """
                select i.id, coalesce(s.state, 'not placed'), coalesce(s.payment, '-') from unnest($1::uuid[]) as i (id)
                left join order_states s on s.id = i.id left join refunds r on r.order_id = i.id
                where s.ended_at is null or r.state <> 'settled' limit 10
                """, ids))
        return try rows.map { "order \(try $0.uuid(0).text) has not ended: \(try $0.text(1)), payment \(try $0.text(2))" }
    }

    // MARK: - Checking

    /// Orders that ended otherwise than they were to.
    private func wrongEnds(_ placed: [Placed]) async throws -> [String] {
        let fates = Dictionary(placed.map { ($0.id, $0.fate) }) { first, _ in first }
        var problems: [String] = []
        if fates.count < placed.count { problems.append("\(placed.count - fates.count) orders have the id of another") }
        let rows = try await shop.environment.database.query(
            Query("select id, coalesce(ended, '-'), coalesce(ended_reason, '-') from orders where id = any($1)", .uuids(Array(fates.keys))))
        if rows.count != fates.count { problems.append("\(fates.count - rows.count) orders that were accepted are not there") }
        for row in rows {
            let (id, ended, reason) = (try row.uuid(0), try row.text(1), try row.text(2))
            guard let fate = fates[id] else { continue }
            if ended != fate.ending || !fate.reasons.isEmpty && !fate.reasons.contains(reason) {
                problems.append("order \(id.text), \(fate.rawValue), ended \(ended) (\(reason))")
            }
        }
        return Array(problems.prefix(20))
    }

    /// Orders that were charged at WeChat Pay otherwise than once, or at all where they should not be.
    private func wrongCharges(_ placed: [Placed]) async throws -> [String] {
        let request = HTTPRequest(method: "GET", url: shop.sandboxURL + "/_sandbox/charges")
        let client = HTTPClient(configuration: HTTPClientConfiguration(name: "demo", bodyLimit: 1 << 30), logger: shop.environment.logger)
        let response = try await client.execute(request, deadline: .seconds(60))
        await client.close()
        var charges: [UUID: (times: Int64, refunded: Int64)] = [:]
        var json = try JSONObject(parsing: response.body)
        _ = try json.array("charges", 0...10_000_000) { value throws(JSONError) in
            var trade = try JSONObject(value)
            if let order = TradeNumber.id(try trade.string("out_trade_no")) {
                charges[order] = (try trade.integer("charges"), try trade.integer("refunded"))
            }
        }
        var problems: [String] = []
        for (id, fate) in placed {
            let (times, refunded) = charges[id] ?? (0, 0)
            if times != fate.charges { problems.append("order \(id.text), \(fate.rawValue), was charged \(times) times") }
            if fate == .paidLate, refunded == 0 { problems.append("order \(id.text) was paid too late and not given back") }
        }
        return Array(problems.prefix(20))
    }

    /// Audits until nothing offends: what the last orders caused may be under way for a moment.
    private func audit() async throws -> [AuditFinding] {
        let url = try shop.environment.configuration.require(.databaseURL)
        let database = Database(configuration: AuditCommand.databaseConfiguration(url), logger: shop.environment.logger)
        let deadline = ContinuousClock.now + .seconds(60)
        let audit = Audit(database: database, topology: shop.environment.topology, grace: .zero)
        var findings = try await audit.run()
        while findings.contains(where: { !$0.isClean }), ContinuousClock.now < deadline {
            try await Task.sleep(for: .seconds(2))
            findings = try await audit.run()
        }
        await database.close()
        return findings
    }
}
