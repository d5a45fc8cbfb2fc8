import Commerce
import Database
import FoundationEssentials
import Logging
import Store
import Support
import Synchronization
import Testing
import Work

@testable import Workers

@Suite struct `Payments in the database` {
    private let provider = FakeProvider()
    private var payments: Payments { Payments(provider) }

    private func database(_ stories: [PaymentStory], _ name: String = #function) async throws -> Database {
        let url = try await TestServers.database(name)
        let database = Database(
            configuration: DatabaseConfiguration(url: url, connections: 4),
            logger: Logger(label: "test"))
        _ = try await Migrator(database: database, migrations: Migrations.all).run()
        let stamp = Stamp(message: UUID(), at: Date(timeIntervalSince1970: 1_800_000_000))
        if !stories.isEmpty { _ = try await database.queries(Orders.insert(stories.map { Stamped($0.placed, stamp) })) }
        return database
    }

    private func payment(_ story: PaymentStory, in database: Database) async throws -> Payment? {
        try PaymentRows.payments(from: try await database.query(PaymentRows.all(of: [story.order])))[story.order]
    }

    @Test func `a batch of prepaid orders is stored as decided`() async throws {
        let stories = try (0..<600).map { _ in try PaymentStory(method: .prepaid) }
        let database = try await database(stories)
        let messages = stories.map { $0.message(.reserved($0.terms)) }
        #expect(Set(try await payments.handle(messages, in: database).map(\.word)) == ["paid"])
        let stored = try PaymentRows.payments(from: try await database.query(PaymentRows.all(of: stories.map(\.order))))
        #expect(stored.count == 600)
        for story in stories { #expect(stored[story.order]?.state == .paid && stored[story.order]?.paidAmount == 1000) }
        #expect(Set(try await payments.handle(messages, in: database).map(\.word)) == ["duplicate"])
        await database.close()
    }

    @Test func `a payment is opened, paid late, and given back, all in the rows`() async throws {
        let story = try PaymentStory()
        let database = try await database([story])
        #expect(try await payments.handle(story.message(.reserved(story.terms)), in: database).word == "opened")
        let open = try #require(try await payment(story, in: database))
        #expect(open.state == .open && open.codeURL == "weixin://code" && open.expiresAt == story.start.addingTimeInterval(1800))
        #expect(try await payments.handle(story.message(.due(PaymentDue(order: story.order)), at: 1800), in: database).word == "expired")
        #expect(try await payments.handle(story.message(story.notified(), at: 1801), in: database).word == "late: given back")
        #expect(try await payment(story, in: database)?.state == .refundDue)
        #expect(try await payments.handle(story.message(story.refund, at: 1802), in: database).word == "processing")
        provider.said.withLock { $0.refund = .success(.settled(refundID: "50")) }
        #expect(try await payments.handle(story.message(story.refund, at: 1900), in: database).word == "refunded")
        #expect(try await payment(story, in: database)?.state == .refunded)
        let refund = try await database.query(Query("select id, state, refund_id, amount from refunds")).only()
        #expect(try refund.uuid(0) == OrderID.refund(order: story.order, reason: .latePayment))
        #expect(try refund.text(1) == "settled" && refund.text(2) == "50" && refund.integer(3) == 1000)
        await database.close()
    }

    @Test func `an order that is opened and notified in one batch is written once, as paid`() async throws {
        let story = try PaymentStory()
        let database = try await database([story])
        let outcomes = try await payments.handle(
            [story.message(.reserved(story.terms)), story.message(story.notified(), at: 1), story.message(story.notified(), at: 2)],
            in: database)
        #expect(outcomes.map(\.word) == ["opened", "paid", "duplicate"])
        #expect(try await payment(story, in: database)?.state == .paid)
        await database.close()
    }

    @Test func `of payment and expiry exactly one wins, however they race`() async throws {
        let stories = try (0..<40).map { _ in try PaymentStory() }
        let database = try await database(stories)
        try await payments.handle(stories.map { $0.message(.reserved($0.terms)) }, in: database)
        let payments = payments
        try await withThrowingTaskGroup(of: [String].self) { group in
            for half in [stories.prefix(20), stories.suffix(20)] {
                group.addTask {
                    try await payments.handle(half.map { $0.message($0.notified(), at: 1800) }, in: database).flatMap(\.types)
                }
                group.addTask {
                    try await payments.handle(half.reversed().map { $0.message(.due(PaymentDue(order: $0.order)), at: 1800) }, in: database)
                        .flatMap(\.types)
                }
            }
            var told: [String: Int] = [:]
            for try await types in group { for type in types { told[type, default: 0] += 1 } }
            #expect(told["order.paid", default: 0] + told["payment.expired", default: 0] == 40)
            // Whoever came too late with money gets it back.
            #expect(told["refund.requested", default: 0] == told["payment.expired", default: 0])
        }
        let states = try PaymentRows.payments(from: try await database.query(PaymentRows.all(of: stories.map(\.order)))).values.map(\.state)
        #expect(states.allSatisfy { $0 == .paid || $0 == .refundDue } && states.count == 40)
        await database.close()
    }

    @Test func `an order is never both paid and cancelled, however they race`() async throws {
        let stories = try (0..<40).map { _ in try PaymentStory() }
        let database = try await database(stories)
        try await payments.handle(stories.map { $0.message(.reserved($0.terms)) }, in: database)
        let payments = payments
        try await withThrowingTaskGroup(of: Void.self) { group in
            for story in stories {
                group.addTask { _ = try await payments.handle(story.message(story.notified(), at: 10), in: database) }
                group.addTask {
                    try await database.transaction { transaction in
                        let stamp = Stamp(message: UUID(), at: story.start)
                        let rows = try await transaction.queries([
                            PaymentRows.bar([Stamped((story.order, nil), stamp)]), PaymentRows.lock([story.order]),
                            Orders.lockForCancelling([story.order]),
                        ])
                        let order = try Orders.cancellable(from: rows[2])[story.order]
                        if order?.payment == .paid { return }
                        _ = try await transaction.commit(with: Orders.cancel([Stamped((story.order, .requested), stamp)]))
                    }
                }
            }
            try await group.waitForAll()
        }
        let rows = try await database.query(
            Query(
                "select count(*) filter (where (p.state = 'paid') = (o.ended is not null)), count(*) from orders o join payments p on p.order_id = o.id"
            ))
        let row = try rows.only()
        #expect(try row.integer(0) == 0 && row.integer(1) == 40)
        await database.close()
    }
}
