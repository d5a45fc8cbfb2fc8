import Foundation
import Support
import Testing
import Topology

@testable import Messaging

@Suite struct `when the connection fails` {
    @Test func `a cut connection is made anew, and what was not acknowledged comes again`() async throws {
        try await Rig.with { rig, broker in
            _ = try await broker.publisher().publish(publications(10))
            try await rig.withProxy { proxy in
                try await rig.withBroker(through: proxy) { cut in
                    let subscription = cut.subscribe(to: "work", prefetch: 500)
                    let first = try await subscription.take(10)
                    await subscription.acknowledge(Array(first.prefix(3)))
                    // An answer to a later question: the acknowledgement has been heard by then.
                    _ = try await cut.depth(of: "work")
                    proxy.cut()
                    let again = try await subscription.take(7)
                    #expect(Set(again.ids) == Set((3..<10).map(String.init)))
                    #expect(again.allSatisfy { $0.isRedelivered && $0.deliveryCount == 1 })
                    // The old session's tags would mean other messages now: they are not sent.
                    await subscription.acknowledge(first)
                    _ = try await broker.publisher().publish([publication(id: "last")])
                    #expect(try await subscription.take(1).ids == ["last"])
                    await subscription.acknowledge(again)
                }
            }
            let left = try await broker.subscribe(to: "work", prefetch: 500).take(1)
            #expect(left.ids == ["last"])
        }
    }

    @Test func `publishes under way are told to be unknown, and those after them go through`() async throws {
        try await Rig.with { rig, broker in
            try await rig.withProxy { proxy in
                try await rig.withBroker(through: proxy) { cut in
                    let publisher = cut.publisher()
                    _ = try await publisher.publish([publication()])
                    proxy.mode = .mute
                    async let lost: Void = expect(.connectionLost) { () async throws(MessagingError) in
                        _ = try await publisher.publish(publications(5), timeout: .seconds(20))
                    }
                    try await eventually("they have arrived") { try await broker.depth(of: "work").messages == 6 }
                    #expect(cut.state.isConnected)
                    proxy.mode = .passing
                    proxy.cut()
                    await lost
                    #expect(try await publisher.publish(publications(5)).allSatisfy { $0 == .confirmed })
                    #expect(try await broker.depth(of: "work").messages == 11)
                }
            }
        }
    }

    @Test(arguments: [100, 4_000_000])
    func `a peer that freezes never hangs a publish`(_ size: Int) async throws {
        try await Rig.with { rig, _ in
            try await rig.withProxy { proxy in
                try await rig.withBroker(through: proxy, heartbeat: 1) { frozen in
                    let publisher = frozen.publisher()
                    _ = try await publisher.publish([publication()])
                    proxy.mode = .frozen
                    // The larger ones fill the socket, and librabbitmq waits within its call.
                    let many = (0..<4).map { _ in publication(body: [UInt8](repeating: 65, count: size)) }
                    let took = await duration {
                        do throws(MessagingError) {
                            _ = try await publisher.publish(many, timeout: .milliseconds(700))
                            Issue.record("a frozen peer confirmed")
                        } catch {
                            #expect(error.outcomeUnknown, "\(error)")
                        }
                    }
                    #expect(took < .milliseconds(1500))
                    // Two heartbeats without a word are a lost connection, also for a thread that is stuck in a call.
                    try await eventually(within: .seconds(10), "the silence is noticed") { !frozen.state.isConnected }
                    let later = await duration {
                        _ = try? await publisher.publish(many, timeout: .milliseconds(300))
                    }
                    #expect(later < .milliseconds(1000))
                    proxy.mode = .passing
                    #expect(try await publisher.publish([publication()], timeout: .seconds(20)) == [.confirmed])
                }
            }
        }
    }

    @Test func `closing takes no longer with a frozen peer`() async throws {
        try await Rig.with { rig, _ in
            try await rig.withProxy { proxy in
                let took = try await duration {
                    try await rig.withBroker(through: proxy) { frozen in
                        _ = try await frozen.publisher().publish([publication()])
                        _ = try await frozen.subscribe(to: "work", prefetch: 1).take(1)
                        proxy.mode = .frozen
                    }
                }
                #expect(took < .seconds(8))
            }
        }
    }

    @Test func `an idle connection is kept alive by heartbeats, and nothing else`() async throws {
        try await Rig.with { rig, broker in
            try await rig.withProxy { proxy in
                try await rig.withBroker(through: proxy, heartbeat: 1) { idle in
                    let publisher = idle.publisher()
                    _ = try await publisher.publish(publications(1))
                    let subscription = idle.subscribe(to: "work", prefetch: 5)
                    let held = try await subscription.take(1)
                    #expect(proxy.accepted == 2)
                    // The broker parts from who is silent for two intervals; this is four.
                    try await Task.sleep(for: .seconds(4))
                    #expect(idle.state.isReady)
                    await subscription.acknowledge(held)
                    _ = try await publisher.publish(publications(1))
                    #expect(try await subscription.take(1)[0].isRedelivered == false)
                    #expect(proxy.accepted == 2)
                }
            }
        }
    }

    @Test func `a publish that stays unconfirmed too long costs the connection, not the publisher`() async throws {
        try await Rig.with { rig, _ in
            try await rig.withProxy { proxy in
                try await rig.withBroker(through: proxy, change: { $0.confirmTimeout = .seconds(1) }) { slow in
                    let publisher = slow.publisher()
                    _ = try await publisher.publish([publication()])
                    proxy.mode = .mute
                    await expect(.connectionLost) { () async throws(MessagingError) in
                        _ = try await publisher.publish([publication()], timeout: .seconds(20))
                    }
                    proxy.mode = .passing
                    #expect(try await publisher.publish([publication()]) == [.confirmed])
                }
            }
        }
    }
}
