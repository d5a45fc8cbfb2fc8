import FoundationEssentials
import Testing

@testable import Sandbox

/// What the simulated parties keep in mind, without any network.
@Suite struct Books {
    private func trade(_ number: String = "trade00000001", total: Int64 = 1_000, parameters: UInt64 = 1, attach: String? = nil) -> Trade {
        Trade(
            number: number, attach: attach, notifyURL: "http://127.0.0.1/notify", total: total, expiresAt: nil, parameters: parameters)
    }
    private let now = Date(timeIntervalSince1970: 1_700_000_000)

    @Test func `a trade opened again with other parameters is refused, and paid only once`() {
        var book = TradeBook(limit: 10)
        #expect(book.open(trade()) == .opened)
        #expect(book.open(trade()) == .repeated)
        #expect(book.open(trade(parameters: 2)) == .different)
        #expect(book.pay("trade00000001", at: now) == .charged)
        #expect(book.pay("trade00000001", at: now) == .nothing)
        #expect(book.totals.charged == 1 && book.totals.chargedAmount == 1_000 && book.totals.doubles == 0)
        #expect(book.close("trade00000001") == .paid)
    }

    @Test func `a closed trade cannot be paid, but for the late buyer's`() {
        var book = TradeBook(limit: 10)
        _ = book.open(trade("ordinary", total: 1_000))
        _ = book.open(trade("tardy-one", total: 1_004))
        #expect(book.close("ordinary") == .closed && book.close("tardy-one") == .closed)
        #expect(book.pay("ordinary", at: now) == .nothing)
        #expect(book.pay("tardy-one", at: now) == .charged)
    }

    @Test func `two charged trades of one order count as a double, unless the first was refunded in whole`() {
        let order = UUID().uuidString
        var book = TradeBook(limit: 10)
        for number in ["first-trade", "second-trade", "third-trade"] { _ = book.open(trade(number, attach: order)) }
        #expect(book.pay("first-trade", at: now) == .charged)
        _ = book.refund(Trade.Refund(number: "r1", trade: "first-trade", amount: 1_000, notifyURL: nil, createdAt: now), total: 1_000)
        #expect(book.pay("second-trade", at: now) == .charged)
        #expect(book.totals.doubles == 0)
        #expect(book.pay("third-trade", at: now) == .charged)
        #expect(book.totals.doubles == 1)
    }

    @Test func `a trade's order is read from its number, or from what is attached`() {
        #expect(trade("0192F0000000800080000000000000AB").order == "0192f000-0000-8000-8000-0000000000ab")
        #expect(trade(attach: "0192f000-0000-8000-8000-0000000000ac").order == "0192f000-0000-8000-8000-0000000000ac")
        #expect(trade(attach: "red box").order == "trade00000001")
    }

    @Test func `refunds never exceed the payment, and one number refunds once`() {
        var book = TradeBook(limit: 10)
        func refund(_ number: String, _ amount: Int64, total: Int64 = 1_000) -> TradeBook.Refunding {
            book.refund(Trade.Refund(number: number, trade: "trade00000001", amount: amount, notifyURL: nil, createdAt: now), total: total)
        }
        _ = book.open(trade())
        guard case .unpaid = refund("r1", 600) else { return #expect(Bool(false), "an unpaid trade was refunded") }
        _ = book.pay("trade00000001", at: now)
        guard case .accepted(_, _, isNew: true) = refund("r1", 600) else { return #expect(Bool(false), "a refund was refused") }
        guard case .accepted(_, _, isNew: false) = refund("r1", 600) else { return #expect(Bool(false), "a repeat was refused") }
        guard case .different = refund("r1", 500) else { return #expect(Bool(false), "a number was used twice") }
        guard case .tooMuch = refund("r2", 401) else { return #expect(Bool(false), "more than was paid was refunded") }
        guard case .different = refund("r2", 400, total: 999) else { return #expect(Bool(false), "a wrong total passed") }
        guard case .accepted = refund("r2", 400) else { return #expect(Bool(false), "the rest was refused") }
        #expect(book.totals.refundedAmount == 1_000)
    }

    @Test func `the oldest is forgotten beyond the limit, and counted`() {
        var memory = Memory<Int>(limit: 2)
        for (index, name) in ["a", "b", "c"].enumerated() { memory.insert(name, index) }
        #expect(memory["a"] == nil && memory["b"] == 1 && memory["c"] == 2 && memory.forgotten == 1)
    }

    @Test func `a share of faults is met exactly over a hundred calls`() {
        var faults = Faults()
        faults.errorPercent = 10
        faults.busyPercent = 5
        let fates = (0..<100).map { faults.fate(of: $0) }
        #expect(fates.count { $0 == .error } == 10 && fates.count { $0 == .busy } == 5 && fates.count { $0 == .none } == 85)
    }

    @Test func `Beijing's times are written and read to the second`() {
        let date = Date(timeIntervalSince1970: 1_432_128_809)
        #expect(BeijingTime.timestamp(date) == "2015-05-20T21:33:29+08:00")
        #expect(BeijingTime.parse("2015-05-20T21:33:29+08:00") == date && BeijingTime.parse("2015-05-20T13:33:29.5Z") == date)
        #expect(BeijingTime.plain(Date(timeIntervalSince1970: 951_753_600)) == "2000-02-29 00:00:00")
        #expect(BeijingTime.parse("2015-05-20 21:33:29") == nil && BeijingTime.parse("2015-13-20T21:33:29Z") == nil)
    }

    @Test func `a parcel's scans end with its signature, and a troubled one has trouble on the way`() {
        func states(_ waybill: String) -> [String] {
            Parcel(number: waybill, company: "yuantong", beganAt: now).scans(every: .seconds(1)).map(\.state)
        }
        #expect(states("YT0000000000000") == ["1", "0", "0", "5", "3"])
        #expect(states("YT0000000000004") == ["1", "0", "0", "5", "2", "5", "3"])
    }

    @Test func `what is scheduled happens, soonest first, and not before its time`() async throws {
        let agenda = Agenda()
        let (stream, continuation) = AsyncStream.makeStream(of: Int.self)
        let began = ContinuousClock.now
        agenda.schedule(after: .milliseconds(150)) { continuation.yield(2) }
        agenda.schedule(after: .milliseconds(40)) { continuation.yield(1) }
        let running = Task { await agenda.run() }
        var seen: [Int] = []
        for await number in stream {
            seen.append(number)
            if seen.count == 2 { break }
        }
        #expect(seen == [1, 2] && ContinuousClock.now - began >= .milliseconds(150))
        running.cancel()
    }
}
