import Foundation
import Support
import Testing
import Topology

@testable import Messaging

@Suite struct `the topology in the broker` {
    @Test func `is as it should be once applied, however often`() async throws {
        try await Rig.with { rig, broker in
            #expect(try await broker.check(rig.topology) == [])
            try await broker.apply(rig.topology)
            #expect(try await broker.check(rig.topology) == [])
        }
    }

    @Test func `what is missing or has another shape is told in words`() async throws {
        try await Rig.with { rig, broker in
            try await broker.delete(queue: "other.dead")
            var other = rig.topology
            other.queues[0].length = 7
            let differences = try await broker.check(other)
            #expect(differences.count == 2)
            #expect(differences[0].contains("queue 'other.dead' is missing"))
            #expect(differences[1].contains("queue 'work' has another shape") && differences[1].contains("x-max-length"))
            // Looking changes nothing.
            await expect(.refused) { () async throws(MessagingError) in _ = try await broker.depth(of: "other.dead") }
            await expect(.refused) { () async throws(MessagingError) in try await broker.apply(other) }
        }
    }

    @Test func `a type that a queue handles no more goes there no more`() async throws {
        try await Rig.with { rig, broker in
            var changed = rig.topology
            changed.queues[0].handles = ["a"]
            changed.ends.insert("b")
            try await broker.apply(changed)
            let confirmations = try await broker.publisher().publish([publication("a"), publication("b")])
            #expect(confirmations[0] == .confirmed && confirmations[1] != .confirmed)
        }
    }

    @Test func `a delay brings a message home, not too early`() async throws {
        try await Rig.with { rig, broker in
            let delay = rig.topology.delays[0]
            let start = ContinuousClock.now
            var sent = publication("a", id: "later")
            (sent.exchange, sent.routingKey) = (delay.exchange, "work")
            sent.properties.headers = [Header("attempt", .integer(2))]
            #expect(try await broker.publisher().publish([sent]) == [.confirmed])
            let delivery = try await broker.subscribe(to: "work", prefetch: 5).take(1)[0]
            #expect(.now - start >= delay.duration)
            #expect(delivery.properties.messageID == "later" && delivery.properties[header: "attempt"] == .integer(2))
        }
    }

    @Test func `what comes back too often becomes a dead letter`() async throws {
        try await Rig.with { _, broker in
            _ = try await broker.publisher().publish([publication(id: "poison")])
            let subscription = broker.subscribe(to: "work", prefetch: 5)
            let feeding = Task {
                while true {
                    let batch = await subscription.next(limit: 5, linger: .zero)
                    if batch.isEmpty { return }
                    await subscription.reject(batch, requeue: true)
                }
            }
            let letter = try await broker.subscribe(to: "work.dead", prefetch: 5).take(1)
            #expect(letter.ids == ["poison"])
            feeding.cancel()
        }
    }

    @Test func `purging says how much there was`() async throws {
        try await Rig.with { _, broker in
            _ = try await broker.publisher().publish(publications(12))
            #expect(try await broker.purge("work") == 12)
            #expect(try await broker.depth(of: "work") == (0, 0))
        }
    }
}
