import Foundation
import Support
import Testing
import Topology

@testable import Messaging

/// How many were taken, by all together.
private actor Tally {
    private(set) var count = 0

    func add(_ number: Int) { count += number }
}

@Suite struct `a subscription` {
    @Test func `hands out batches up to the limit, and lingers for the last one`() async throws {
        try await Rig.with { _, broker in
            _ = try await broker.publisher().publish(publications(250))
            let subscription = broker.subscribe(to: "work", prefetch: 500)
            var sizes: [Int] = []
            var ids: [String] = []
            while ids.count < 250 {
                let batch = await subscription.next(limit: 100, linger: .milliseconds(300))
                sizes.append(batch.count)
                ids += batch.ids
                await subscription.acknowledge(batch)
            }
            #expect(sizes == [100, 100, 50])
            #expect(ids == (0..<250).map(String.init))
            try await eventually("all is acknowledged") { try await broker.depth(of: "work").messages == 0 }
        }
    }

    @Test func `holds no more than its prefetch`() async throws {
        try await Rig.with { _, broker in
            _ = try await broker.publisher().publish(publications(100))
            let subscription = broker.subscribe(to: "work", prefetch: 10)
            let first = try await subscription.take(10)
            #expect(try await broker.depth(of: "work").messages == 90)
            await subscription.acknowledge(Array(first.prefix(4)))
            _ = try await subscription.take(4)
            #expect(try await broker.depth(of: "work").messages == 86)
        }
    }

    @Test func `may acknowledge in any order`() async throws {
        try await Rig.with { rig, broker in
            _ = try await broker.publisher().publish(publications(200))
            try await rig.withBroker { other in
                let subscription = other.subscribe(to: "work", prefetch: 200)
                let all = try await subscription.take(200)
                let kept = Set([3, 77, 78, 199])
                let settled = all.indices.filter { !kept.contains($0) }.shuffled()
                for start in stride(from: 0, to: settled.count, by: 37) {
                    await subscription.acknowledge(settled[start..<min(start + 37, settled.count)].map { all[$0] })
                }
                // With its prefetch used up, these come only because the others are settled.
                _ = try await broker.publisher().publish((0..<196).map { publication(id: "new \($0)") })
                _ = try await subscription.take(196)
            }
            let left = try await broker.subscribe(to: "work", prefetch: 500).take(200)
            #expect(Set(left.ids.filter { !$0.hasPrefix("new") }) == ["3", "77", "78", "199"])
            #expect(left.allSatisfy { $0.isRedelivered && $0.deliveryCount == 1 })
        }
    }

    @Test func `gives back what it rejects, and the broker counts`() async throws {
        try await Rig.with { _, broker in
            _ = try await broker.publisher().publish(publications(3))
            let subscription = broker.subscribe(to: "work", prefetch: 10)
            for count in 0..<4 {
                let batch = try await subscription.take(3)
                #expect(batch.map(\.deliveryCount) == [count, count, count])
                await subscription.reject(batch, requeue: true)
            }
            await subscription.reject(try await subscription.take(3), requeue: false)
            let letters = try await broker.subscribe(to: "work.dead", prefetch: 10).take(3)
            #expect(Set(letters.ids) == ["0", "1", "2"])
            // Tables and arrays are known to be there, not read.
            #expect(letters[0].properties[header: "x-death"] == .other)
            #expect(letters[0].properties[header: "x-first-death-reason"] == .string("rejected"))
        }
    }

    @Test func `ends its waits when it is stopped, gives back what nobody took, and lets the rest be acknowledged`() async throws {
        try await Rig.with { rig, broker in
            _ = try await broker.publisher().publish(publications(20))
            try await rig.withBroker { other in
                let subscription = other.subscribe(to: "work", prefetch: 500)
                let taken = try await subscription.take(5)
                await subscription.stop()
                #expect(await subscription.next(limit: 5, linger: .seconds(60)).isEmpty)
                try await eventually("the untaken are back") { try await broker.depth(of: "work").messages == 15 }
                await subscription.acknowledge(taken)
                // The consumer is gone once nothing that it took is left.
                try await eventually("the taken are settled") { try await broker.depth(of: "work").consumers == 0 }
            }
            let rest = try await broker.subscribe(to: "work", prefetch: 500).take(15)
            #expect(Set(rest.ids) == Set((5..<20).map(String.init)))
            #expect(try await broker.depth(of: "work").messages == 0)
        }
    }

    @Test func `a wait ends with its task, and takes nothing with it`() async throws {
        try await Rig.with { _, broker in
            let subscription = broker.subscribe(to: "work", prefetch: 500)
            let waiting = Task { await subscription.next(limit: 5, linger: .zero) }
            try await eventually("it consumes") { try await broker.depth(of: "work").consumers == 1 }
            waiting.cancel()
            #expect(await waiting.value.isEmpty)
            _ = try await broker.publisher().publish(publications(1))
            #expect(try await subscription.take(1).ids == ["0"])
        }
    }

    @Test func `goes on when its queue was deleted and is there again`() async throws {
        try await Rig.with { rig, broker in
            let subscription = broker.subscribe(to: "work", prefetch: 500)
            _ = try await broker.publisher().publish(publications(1))
            let old = try await subscription.take(1)
            #expect(subscription.isConsuming)
            try await broker.delete(queue: "work")
            try await eventually("the cancel is seen") { !subscription.isConsuming }
            try await broker.apply(rig.topology)
            _ = try await broker.publisher().publish([publication(id: "new")])
            #expect(try await subscription.take(1).ids == ["new"])
            // What belongs to the session before is no longer the broker's concern.
            await subscription.acknowledge(old)
            _ = try await broker.publisher().publish([publication(id: "newer")])
            #expect(try await subscription.take(1).ids == ["newer"])
        }
    }

    @Test func `waits for a queue that is not there yet`() async throws {
        try await Rig.with { _, broker in
            let subscription = broker.subscribe(to: "later", prefetch: 5)
            _ = try await broker.perform([
                .declareQueue(name: "later", isPassive: false, arguments: [Header("x-queue-type", .string("quorum"))])
            ])
            #expect(try await broker.publisher().publish([Publication(exchange: "", routingKey: "later", body: [7])]) == [.confirmed])
            #expect(try await subscription.take(1)[0].body == [7])
        }
    }

    @Test func `several of them share the work`() async throws {
        try await Rig.with { _, broker in
            _ = try await broker.publisher().publish(publications(400) + publications(100, "c"))
            let subscriptions = [
                broker.subscribe(to: "work", prefetch: 50), broker.subscribe(to: "work", prefetch: 50),
                broker.subscribe(to: "other", prefetch: 50),
            ]
            let tally = Tally()
            let counts = await withTaskGroup(of: (String, Int).self) { group in
                for subscription in subscriptions {
                    group.addTask {
                        var count = 0
                        while true {
                            let batch = await subscription.next(limit: 20, linger: .milliseconds(5))
                            if batch.isEmpty { return (subscription.queue, count) }
                            count += batch.count
                            await tally.add(batch.count)
                            await subscription.acknowledge(batch)
                        }
                    }
                }
                try? await eventually("all are taken") { await tally.count == 500 }
                for subscription in subscriptions { await subscription.stop() }
                return await group.reduce(into: [:]) { $0[$1.0, default: 0] += $1.1 }
            }
            #expect(counts["other"] == 100)
            #expect(counts["work"] == 400)
        }
    }

    @Test func `survives whatever is on its queue`() async throws {
        try await Rig.with { _, broker in
            var odd = publication("a", id: "\u{0}", body: [0xff, 0xfe, 0])
            odd.properties.headers = [Header("", .string("\u{0}\u{202e}")), Header("x-delivery-count", .string("many"))]
            _ = try await broker.publisher().publish([odd])
            let delivery = try await broker.subscribe(to: "work", prefetch: 5).take(1)[0]
            #expect(delivery.body == [0xff, 0xfe, 0] && delivery.deliveryCount == 0)
        }
    }
}
