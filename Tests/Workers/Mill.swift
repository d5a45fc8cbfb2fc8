import Commerce
import Database
import FoundationEssentials
import Logging
import Store
import Synchronization
import Testing
import Topology
import Work

@testable import Workers

/// The workers from placement to the ledger, without a broker: what a message causes goes to who handles it, until all is quiet.
/// Several mills may grind the same orders at once.
struct Mill: Sendable {
    let shop: ShopForTests
    let provider = FakeProvider()
    var fulfillment = Fulfillment(confirmationWindow: .seconds(3_600))

    init(_ shop: ShopForTests) {
        self.shop = shop
        provider.said.withLock { $0.refund = .success(.settled(refundID: "")) }
    }

    private static let topology: Topology = {
        let file = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        guard let text = try? String(decoding: Data(contentsOf: URL(filePath: "/\(file)/queues.yaml")), as: UTF8.self),
            let topology = try? Topology.parse(yaml: text)
        else { preconditionFailure("queues.yaml can't be read") }
        return topology
    }()

    /// Grinds messages and all that follows from them.
    /// - Returns: what is due later.
    @discardableResult
    func grind(_ causes: [Cause], portion: Int = 32) async throws -> [Cause] {
        var (now, later) = (causes, [Cause]())
        while !now.isEmpty {
            let batch = Array(now.prefix(portion))
            now.removeFirst(batch.count)
            for queue in Self.topology.queues {
                let handled = batch.filter { queue.handles.contains($0.type) }
                guard !handled.isEmpty else { continue }
                let caused = try await work(queue.name, handled)
                now += caused.filter { $0.due == nil }
                later += caused.filter { $0.due != nil }
            }
        }
        return later
    }

    private func work(_ queue: String, _ causes: [Cause]) async throws -> [Cause] {
        switch queue {
        case "placement": try await work(Placement(), causes)
        case "inventory": try await work(Inventory(), causes)
        case "payments": try await work(Payments(provider), causes)
        case "fulfillment": try await work(fulfillment, causes)
        case "settlement": try await work(Settlement(), causes)
        case "notifications": try await work(Notifications(quietHours: .none, sendsSMS: false), causes)
        default: []
        }
    }

    private func work<W: Worker>(_ worker: W, _ causes: [Cause]) async throws -> [Cause] {
        let messages = try causes.map { cause in
            Received(
                id: UUID(), type: cause.type, order: cause.order, publishedAt: OrdersForTests.now, now: OrdersForTests.now,
                input: try worker.decode(cause.body, type: cause.type))
        }
        let answers = try await worker.ask(messages).map { try $0.get() }
        while true {
            do {
                return try await shop.database.transaction { transaction in
                    var state = try await worker.load(messages, in: transaction)
                    var (caused, effects) = ([Cause](), [W.Effect]())
                    for (index, message) in messages.enumerated() {
                        do {
                            let decision = try worker.decide(message, answers[index], &state)
                            caused += decision.causes
                            if let effect = decision.effect { effects.append(effect) }
                        } catch Setback.wait {
                            caused.append(causes[index])
                        }
                    }
                    _ = try await transaction.commit(with: effects.isEmpty ? [] : worker.save(effects))
                    return caused
                }
            } catch let error as DatabaseError where error.isRetriable || error.isUniqueViolation {
                continue
            }
        }
    }

    /// What the audit finds, with nothing left under way.
    func offences() async throws -> [String] {
        let audit = Audit(database: shop.database, topology: Self.topology, grace: .zero)
        return try await audit.run().filter { !$0.isClean }.map { "\($0.check.name): \($0.count), \($0.offenders.prefix(2))" }
    }
}

extension Cause {
    /// A message from outside.
    init<M: Message>(from message: M, order: UUID) {
        self.init(M.type, order: order, body: message.encoded())
    }
}
