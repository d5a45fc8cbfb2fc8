import Database
import FoundationEssentials
import JSON
import Messaging
import Support
import Synchronization
import Testing

@testable import Work

@Suite(.serialized) struct EngineTests {
    @Test func `what was in hand three times when a process died is handled alone: one of it may be why`() async throws {
        let fixture = try await Fixture()
        try await fixture.publish(Fixture.envelopes((0..<5).map { "note \($0)" }))
        for _ in 0..<3 { try await fixture.takeAndDie(5) }
        let sizes = Mutex<[Int]>([])
        try await fixture.working(Scribe(onLoad: { messages in sizes.withLock { $0.append(messages.count) } })) {
            _ = try await fixture.taken(5)
        }
        #expect(sizes.withLock { $0 } == [1, 1, 1, 1, 1])
        await fixture.close()
    }

    @Test func `every message takes effect once, is journalled and passed on`() async throws {
        let fixture = try await Fixture()
        try await fixture.publish(Fixture.envelopes((0..<200).map { "note \($0)" }))
        try await fixture.working(Scribe()) {
            let next = try await fixture.taken(200)
            #expect(Set(next.compactMap(\.properties.messageID)).count == 200)
            #expect(next.allSatisfy { $0.properties.type == "work.done" && $0.properties[header: "cause"] != nil })
        }
        #expect(try await fixture.count("select count(*) from effects") == 200)
        #expect(
            try await fixture.count("select count(*) from journal where worker = 'work' and outcome = 'written' and body is not null")
                == 200)
        #expect(try await fixture.broker.depth(of: "work").messages == 0)
        await fixture.close()
    }

    @Test func `a redelivered batch publishes the same messages once more and changes nothing`() async throws {
        let fixture = try await Fixture()
        let envelopes = Fixture.envelopes((0..<100).map { "note \($0)" })
        try await fixture.publish(envelopes)
        try await fixture.publish(envelopes)
        try await fixture.working(Scribe()) {
            let next = try await fixture.taken(200)
            #expect(Set(next.compactMap(\.properties.messageID)).count == 100)
            let firsts = Dictionary(grouping: next) { $0.properties.messageID }
            #expect(
                firsts.values.allSatisfy {
                    $0.count == 2 && $0[0].body == $0[1].body && $0[0].properties[header: "order"] == $0[1].properties[header: "order"]
                })
        }
        #expect(try await fixture.count("select count(*) from effects") == 100)
        await fixture.close()
    }

    @Test func `a crash after the commit and before the publishing loses nothing and repeats no effect`() async throws {
        let fixture = try await Fixture()
        let envelopes = Fixture.envelopes((0..<50).map { "note \($0)" })
        try await fixture.publish(envelopes)
        // The first process commits the batch and dies before it publishes or acknowledges: the broker still has the messages.
        let run = BatchRun(
            worker: Scribe(), name: "work", database: fixture.database, circuits: CircuitBoard(), metrics: WorkMetrics(worker: "work"),
            logger: fixture.logger, isStopping: { false })
        #expect(await run(envelopes, mayRepeat: false).allSatisfy { if case .done(let outputs) = $0 { outputs.count == 2 } else { false } })
        try await fixture.working(Scribe()) {
            let next = try await fixture.taken(50)
            #expect(Set(next.compactMap(\.properties.messageID)).count == 50)
        }
        #expect(try await fixture.count("select count(*) from effects") == 50)
        await fixture.close()
    }

    @Test func `a crash after the publishing and before the acknowledgement publishes the same ids again`() async throws {
        let fixture = try await Fixture()
        let envelopes = Fixture.envelopes(["one", "two"])
        let run = BatchRun(
            worker: Scribe(), name: "work", database: fixture.database, circuits: CircuitBoard(), metrics: WorkMetrics(worker: "work"),
            logger: fixture.logger, isStopping: { false })
        let first = await run(envelopes, mayRepeat: false)
        let second = await run(envelopes, mayRepeat: true)
        #expect(first == second)
        #expect(try await fixture.count("select count(*) from effects") == 2)
        await fixture.close()
    }

    @Test func `a crash before the commit leaves no trace and the next delivery does it all`() async throws {
        let fixture = try await Fixture()
        try await fixture.publish(Fixture.envelopes(["only"]))
        let isLoading = Mutex(false)
        let loop = WorkLoop(
            Scribe(onLoad: { _ in
                isLoading.withLock { $0 = true }
                try await Task.sleep(for: .seconds(60))
            }), queue: fixture.queue, place: fixture.place)
        let task = Task { try await loop.run() }
        try await eventually("the batch is being loaded") { isLoading.withLock { $0 } }
        task.cancel()
        try await task.value
        #expect(try await fixture.count("select count(*) from effects") == 0)
        #expect(try await fixture.count("select count(*) from journal") == 0)
        // A new process has connections of its own; the old one's end gives the message back.
        await fixture.broker.close()
        await fixture.database.close()
    }

    @Test func `a poisoned message ends alone among the dead letters and hurts no neighbour`() async throws {
        let fixture = try await Fixture()
        let notes = (0..<63).map { $0 == 20 ? "poison" : "note \($0)" }
        try await fixture.publish(Fixture.envelopes(notes))
        let filer = Task { try await DeadLetters(place: fixture.place).run() }
        try await fixture.working(Scribe()) {
            _ = try await fixture.taken(62)
            try await eventually("the poison is filed") { try await fixture.count("select count(*) from dead_letters") == 1 }
        }
        filer.cancel()
        try await filer.value
        #expect(try await fixture.count("select count(*) from effects") == 62)
        #expect(try await fixture.count("select attempt from dead_letters") == 3)
        #expect(
            try await fixture.count("select count(*) from dead_letters where reason like 'gave up after 3 attempts:%' and queue = 'work'")
                == 1)
        await fixture.close()
    }

    @Test func `what can't be decoded, and what is no message at all, is filed at once with its reason`() async throws {
        let fixture = try await Fixture()
        var broken = Fixture.envelopes(["x"])[0]
        broken.body = Array("{\"note\":7}".utf8)
        let garbage = Publication(exchange: "", routingKey: "work", properties: Properties(), body: [0xFF, 0x00, 0x80])
        try await fixture.publish([broken] + Fixture.envelopes(["fine"]))
        #expect(try await fixture.broker.publisher().publish([garbage]) == [.confirmed])
        let filer = Task { try await DeadLetters(place: fixture.place).run() }
        try await fixture.working(Scribe()) {
            _ = try await fixture.taken(1)
            try await eventually("both are filed") { try await fixture.count("select count(*) from dead_letters") == 2 }
        }
        filer.cancel()
        try await filer.value
        #expect(
            try await fixture.count("select count(*) from dead_letters where reason like '%/note: a string was expected%' and attempt = 1")
                == 1)
        #expect(try await fixture.count("select count(*) from dead_letters where reason like '%no message_id%'") == 1)
        await fixture.close()
    }

    @Test func `a message that fails is tried again up the ladder, and what follows it of its order stays behind it`() async throws {
        let fixture = try await Fixture()
        let order = UUID()
        let attempts = Mutex<[String: [Int]]>([:])
        try await fixture.publish(Fixture.envelopes(["first", "second"], order: order) + Fixture.envelopes(["other"]))
        let worker = Scribe(onDecide: { message in
            attempts.withLock { $0[message.input, default: []].append(message.attempt) }
            if message.input == "first", message.attempt < 3 { throw Setback.retry(after: nil, "not yet") }
        })
        try await fixture.working(worker) {
            let next = try await fixture.taken(3)
            let notes = try next.map { delivery in
                var json = try JSONObject(parsing: delivery.body)
                return try json.string("note")
            }
            #expect(notes.first == "other")
        }
        let seen = attempts.withLock { $0 }
        #expect(seen["first"] == [1, 2, 3])
        // Put off with the first, at no cost of its own.
        #expect(seen["second"]?.last == 1)
        #expect(seen["other"] == [1])
        await fixture.close()
    }

    @Test func `waiting costs no attempt`() async throws {
        let fixture = try await Fixture()
        let seen = Mutex<[Int]>([])
        try await fixture.publish(Fixture.envelopes(["early"]))
        let worker = Scribe(onDecide: { message in
            let count = seen.withLock {
                $0.append(message.attempt)
                return $0.count
            }
            if count < 6 { throw Setback.wait(.milliseconds(100), "too early") }
        })
        try await fixture.working(worker) { _ = try await fixture.taken(1) }
        #expect(seen.withLock { $0 } == [1, 1, 1, 1, 1, 1])
        await fixture.close()
    }

    @Test func `shutting down finishes the batch in hand and takes no more`() async throws {
        let fixture = try await Fixture()
        try await fixture.publish(Fixture.envelopes((0..<64).map { "note \($0)" }))
        let isLoading = Mutex(false)
        let mayGo = Mutex(false)
        let worker = Scribe(onLoad: { _ in
            isLoading.withLock { $0 = true }
            while !mayGo.withLock({ $0 }) { await Task.yield() }
        })
        let group = ServiceGroupRun(WorkLoop(worker, queue: fixture.queue, place: fixture.place))
        try await eventually("a batch is in hand") { isLoading.withLock { $0 } }
        await group.shutDown()
        try await fixture.publish(Fixture.envelopes(["late"]))
        mayGo.withLock { $0 = true }
        try await group.ended()
        let done = try await fixture.count("select count(*) from effects")
        #expect(done > 0 && done <= 64)
        #expect(try await fixture.count("select count(*) from effects where note = 'late'") == 0)
        // What was done is acknowledged; the rest is back in the queue.
        try await eventually("the rest is ready again") { try await fixture.broker.depth(of: "work").messages == 65 - done }
        await fixture.close()
    }
}
