import Foundation
import Logging
import Support
import Testing
import Topology

@testable import Messaging

@Suite struct `publishing` {
    @Test func `what is published arrives as it was sent`() async throws {
        try await Rig.with { _, broker in
            var sent = publication("b", body: (0..<300_000).map { UInt8(truncatingIfNeeded: $0) })
            sent.properties.timestamp = 1_700_000_000
            sent.properties.headers = [
                Header("order", .string("订单-1")), Header("attempt", .integer(-3)), Header("large", .integer(.max)),
                Header("urgent", .bool(true)), Header("empty", .string("")),
            ]
            let empty = Publication(exchange: "", routingKey: "work", body: [])
            #expect(try await broker.publisher().publish([sent, empty]) == [.confirmed, .confirmed])
            let deliveries = try await broker.subscribe(to: "work", prefetch: 10).take(2)
            #expect(deliveries[0].properties == sent.properties)
            #expect(deliveries[0].body == sent.body)
            #expect(deliveries[0].exchange == "sluice" && deliveries[0].routingKey == "b")
            #expect(!deliveries[0].isRedelivered && deliveries[0].deliveryCount == 0)
            #expect(deliveries[1].properties == Properties())
            #expect(deliveries[1].body == [] && deliveries[1].exchange == "")
        }
    }

    @Test func `one confirmation for each, in order, with those that no queue took told apart`() async throws {
        try await Rig.with { _, broker in
            // Two of them look the same but for what becomes of nobody: ids are unique only by the caller's will.
            let all = [
                publication("a"), publication("nobody", id: "x"), publication("b"), publication("nobody", id: "x"), publication("c"),
            ]
            let confirmations = try await broker.publisher().publish(all)
            let returned = Messaging.Confirmation.returned(code: 312, text: "NO_ROUTE")
            #expect(confirmations == [.confirmed, returned, .confirmed, returned, .confirmed])
        }
    }

    @Test func `what a full queue refuses is told`() async throws {
        try await Rig.with { _, broker in
            // A classic queue refuses exactly; quorum queues, by and by.
            _ = try await broker.perform([
                .declareQueue(
                    name: "small", isPassive: false,
                    arguments: [Header("x-max-length", .integer(3)), Header("x-overflow", .string("reject-publish"))])
            ])
            let publisher = broker.publisher()
            var confirmations: [Messaging.Confirmation] = []
            for number in 0..<6 {
                confirmations += try await publisher.publish([Publication(exchange: "", routingKey: "small", body: [UInt8(number)])])
            }
            #expect(confirmations == [.confirmed, .confirmed, .confirmed, .nacked, .nacked, .nacked])
            #expect(try await broker.depth(of: "small").messages == 3)
        }
    }

    @Test func `many publishers at once each hear of their own`() async throws {
        try await Rig.with { _, broker in
            let publisher = broker.publisher()
            let right = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<400 {
                    group.addTask {
                        let isLost = number % 7 == 0
                        let confirmations = try await publisher.publish(publications(number % 5 + 1, isLost ? "nobody" : "a"))
                        return confirmations.count == number % 5 + 1
                            && confirmations.allSatisfy { isLost ? $0 != .confirmed : $0 == .confirmed }
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(right == 400)
        }
    }

    @Test func `a burst larger than the window goes through`() async throws {
        try await Rig.with { rig, broker in
            try await rig.withBroker(change: { $0.confirmWindow = 16 }) { narrow in
                let confirmations = try await narrow.publisher().publish(publications(5_000))
                #expect(confirmations.count == 5_000 && confirmations.allSatisfy { $0 == .confirmed })
                #expect(try await broker.depth(of: "work").messages == 5_000)
            }
        }
    }

    @Test func `never more than the window is under way`() async throws {
        try await Rig.with { rig, broker in
            try await rig.withProxy { proxy in
                try await rig.withBroker(through: proxy, change: { $0.confirmWindow = 10 }) { narrow in
                    let publisher = narrow.publisher()
                    _ = try await publisher.publish([publication()])
                    // What is sent arrives, but no confirm comes back.
                    proxy.mode = .mute
                    await expect(.timedOut) { () async throws(MessagingError) in
                        _ = try await publisher.publish(publications(1_000), timeout: .seconds(1))
                    }
                    #expect(try await broker.depth(of: "work").messages == 11)
                }
            }
        }
    }

    @Test func `a missing exchange closes the channel and the next publish finds another`() async throws {
        try await Rig.with { _, broker in
            let publisher = broker.publisher()
            await expect(.channelClosed) { () async throws(MessagingError) in
                _ = try await publisher.publish([Publication(exchange: "none", routingKey: "a", body: [])])
            }
            let next = try await publisher.publish([publication()])
            #expect(next == [.confirmed])
        }
    }

    @Test func `what cannot be sent is refused before anything is`() async throws {
        try await Rig.with { _, broker in
            let sound = publication()
            let long = String(repeating: "x", count: 256)
            var headers = publication()
            headers.properties.headers = (0..<65).map { Header("h\($0)", .bool(true)) }
            var heavy = publication()
            heavy.properties.headers = [Header("h", .string(String(repeating: "x", count: 110_000)))]
            let wrong = [
                publication(id: long), publication(long), headers, heavy, publication(body: [UInt8](repeating: 0, count: 17 << 20)),
            ]
            for publication in wrong {
                await expect(.invalid) { () async throws(MessagingError) in
                    _ = try await broker.publisher().publish([sound, publication])
                }
            }
            let (messages, _) = try await broker.depth(of: "work")
            #expect(messages == 0)
            let nothing = try await broker.publisher().publish([])
            #expect(nothing == [])
        }
    }

    @Test func `with no broker to be found a publish ends when its time is up`() async throws {
        var configuration = try BrokerConfiguration(urls: "amqp://127.0.0.1:\(freePort())")
        configuration.longestBackoff = .milliseconds(200)
        let broker = Broker(configuration: configuration, logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
        let took = await duration {
            await expect(.unavailable) { () async throws(MessagingError) in
                _ = try await broker.publisher().publish([publication()], timeout: .milliseconds(500))
            }
        }
        #expect(took < .seconds(2))
        #expect(!broker.state.isConnected)
        try await eventually("the reason is told") { broker.state.reason.contains("can't connect") }
        await broker.close()
        await expect(.closed) { () async throws(MessagingError) in
            _ = try await broker.publisher().publish([publication()])
        }
    }

    @Test func `the next host is tried when the first is away`() async throws {
        try await Rig.with { rig, _ in
            var configuration = try BrokerConfiguration(urls: "amqp://127.0.0.1:\(freePort()),\(rig.url)")
            configuration.shortestBackoff = .seconds(30)
            configuration.longestBackoff = .seconds(30)
            let broker = Broker(configuration: configuration, logger: .init(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(try await broker.publisher().publish([publication()]) == [.confirmed])
            #expect(broker.state.isReady && broker.state.reason == "")
            await broker.close()
            #expect(!broker.state.isConnected)
        }
    }

    @Test func `a wrong password is told, and is no reason to wait for ever`() async throws {
        try await Rig.with { rig, _ in
            try await rig.withBroker(change: { $0.addresses[0].password = "no" }) { broker in
                do throws(MessagingError) {
                    _ = try await broker.publisher().publish([publication()], timeout: .seconds(2))
                    Issue.record("a wrong password was taken")
                } catch {
                    #expect(error.code == .unavailable && error.message.contains("refused the login"), "\(error)")
                }
            }
        }
    }
}
