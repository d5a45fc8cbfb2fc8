import Commerce
import Database
import Foundation
import Messaging
import Store
import Support
import Testing
import Topology

/// Orders through everything, as it is run in earnest: one process each, over HTTP, RabbitMQ and PostgreSQL.
@Suite struct FlowTests {
    private static let orders = 200

    @Test(.timeLimit(.minutes(10)))
    func `orders answered 202 are there once and reach their end, however often the processes are killed`() async throws {
        try await Site.run { site in
            let (ids, kills) = try await placeWhileKilling(site)
            #expect(Set(ids).count == Self.orders, "the same key brought different orders, or different keys the same")
            #expect(kills >= site.victims.count * 2, "too few processes were killed to show anything")

            try await eventually(within: .seconds(300), "every order has reached its end") {
                try site.troupe.check()
                return try await site.unfinished(ids) == 0
            }
            try await expectEnds(site, ids)
            try await expectToldToTheEnd(site, ids)
            try await expectCharges(site, ids)
            try await expectNothingLeft(site)
            try await expectWorldContent(site)
        }
    }

    /// Places orders, some of them twice, while every process is killed in turn.
    /// - Returns: the orders' ids in the order of their numbers, and how often was killed.
    private func placeWhileKilling(_ site: Site) async throws -> (ids: [UUID], kills: Int) {
        let killing = Task {
            for victim in (0..<3).flatMap({ _ in site.victims }) {
                try await site.troupe.kill(victim)
                // Long enough for what was started to take up messages, so that the next kill hits work in hand.
                try await Task.sleep(for: .milliseconds(400))
            }
        }
        let ids = try await withThrowingTaskGroup(of: (Int, UUID).self) { group in
            var ids: [Int: UUID] = [:]
            func note(_ one: (number: Int, id: UUID)) {
                if let known = ids[one.number] { #expect(known == one.id, "a repeated submission is another order") }
                ids[one.number] = one.id
            }
            let numbers = (0..<Self.orders).flatMap { $0 % 10 == 0 ? [$0, $0] : [$0] }
            for (index, number) in numbers.enumerated() {
                if index >= 16, let one = try await group.next() { note(one) }
                group.addTask { (number, try await site.place(number)) }
                // Spread over the killing.
                try await Task.sleep(for: .milliseconds(60))
            }
            for try await one in group { note(one) }
            return (0..<Self.orders).compactMap { ids[$0] }
        }
        try await killing.value
        return (ids, site.troupe.kills)
    }

    /// Exactly the accepted orders are there, and each ended as its buyer had it.
    private func expectEnds(_ site: Site, _ ids: [UUID]) async throws {
        let rows = try await site.database.query(Query("select id, coalesce(ended, '-'), coalesce(ended_reason, '-') from orders"))
        #expect(rows.count == ids.count, "\(rows.count) orders are there, \(ids.count) were accepted")
        let fates = Dictionary(ids.enumerated().map { ($1, Shop.fate($0)) }) { first, _ in first }
        for row in rows {
            let (id, ended, reason) = (try row.uuid(0), try row.text(1), try row.text(2))
            let fate = try #require(fates[id], "an order is there that nobody was told of")
            #expect(ended == fate.ending, "\(id), \(fate), ended \(ended): \(reason)")
        }
    }

    /// What a storefront is told of each order, begins with its placement and tells its end, whoever set that going.
    private func expectToldToTheEnd(_ site: Site, _ ids: [UUID]) async throws {
        let entries = try await Access(site.database).feed(ids.map { ($0, .distantPast) })
        let told = Dictionary(grouping: entries, by: \.order).mapValues { $0.map(\.type) }
        for (number, id) in ids.enumerated() {
            let types = try #require(told[id], "nothing is told of \(id)")
            #expect(types.first == OrderPlaced.type, "\(id) begins with \(types)")
            #expect(types.contains("order.\(Shop.fate(number).ending)"), "the end of \(id) is not told: \(types)")
            #expect(Set(entries.filter { $0.order == id }.map(\.id)).count == types.count, "\(id): something is told twice")
        }
    }

    /// Whoever got something paid once; whoever got nothing paid nothing or has it back.
    private func expectCharges(_ site: Site, _ ids: [UUID]) async throws {
        let charges = try await site.charges()
        for (number, id) in ids.enumerated() {
            let fate = Shop.fate(number)
            let (times, total, refunded) = charges[id] ?? (0, 0, 0)
            switch fate {
            case .prepaid, .soldOut, .never, .declines: #expect(times == 0, "\(id), \(fate), was charged")
            case .late: #expect(times == 0 || refunded == total, "\(id), \(fate), was charged and not given back")
            default: #expect(times == 1 && refunded == 0, "\(id), \(fate), was charged \(times) times, \(refunded) given back")
            }
        }
        #expect(try await site.seen("wechat", "charges", "doubles") == 0)
    }

    /// The audit is clean, no message is left anywhere, no dead letter was made.
    private func expectNothingLeft(_ site: Site) async throws {
        var audit = ""
        try? await eventually(within: .seconds(90), "the audit is clean") {
            let (code, output) = try await site.troupe.run(["audit", "--grace", "0"])
            audit = output
            return code == 0
        }
        #expect(audit.contains("checks hold"), "\(audit)")
        for queue in site.topology.queues {
            for name in [queue.name, queue.deadLetterQueue] {
                try await eventually(within: .seconds(30), "\(name) is empty") { try await site.broker.depth(of: name).messages == 0 }
            }
        }
        let dead = try await site.database.query(Query("select queue, type, reason from dead_letters"))
        for row in dead { Issue.record("a dead letter of \(try row.text(0)): \(try row.optionalText(1) ?? "-"): \(try row.text(2))") }
    }

    /// The outside world never saw a signature that was wrong, and believed none of ours that it shouldn't.
    private func expectWorldContent(_ site: Site) async throws {
        for party in ["wechat", "kuaidi100", "aliyun"] { #expect(try await site.seen(party, "invalid_signatures") == 0, "\(party)") }
        for party in ["merchant", "storefront"] { #expect(try await site.seen(party, "refused") == 0, "\(party)") }
        #expect(try await site.seen("wechat", "notifications", "probes_taken") == 0)
        #expect(try await site.seen("merchant", "given_up") == 0)
        #expect(try await site.seen("aliyun", "doubles") == 0, "an SMS was sent twice")
    }
}
