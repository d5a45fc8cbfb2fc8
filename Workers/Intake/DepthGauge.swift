internal import Logging
internal import Messaging
internal import ServiceLifecycle
internal import Synchronization
internal import Topology
internal import Work

/// Watches how full the queue of submitted orders is: near its bound orders are refused while refusing is still orderly.
final class DepthGauge: Service {
    static let interval: Duration = .milliseconds(500)
    /// How long an answer is waited for; what ends the intake waits no longer for it either.
    static let patience: Duration = .seconds(2)
    /// From which part of the bound on orders are refused.
    static let part = 0.8

    private let broker: Broker
    private let handover: Handover
    private let queue: String
    private let bound: Int
    private let depth = Mutex(0)

    /// - Parameter type: the message type whose queue is watched.
    init(place: Workplace, type: String, handover: Handover) {
        broker = place.broker
        self.handover = handover
        let queue = place.topology.queues.first { $0.handles.contains(type) }
        self.queue = queue?.name ?? ""
        bound = Int(Double(queue?.length ?? .max) * Self.part)
    }

    func run() async throws {
        guard !queue.isEmpty else { return try await gracefulShutdown() }
        try? await cancelWhenGracefulShutdown {
            while true {
                await self.look()
                try await Task.sleep(for: Self.interval)
            }
        }
    }

    /// Whether the queue is near its bound, as far as is known.
    var isNearBound: Bool { depth.withLock { $0 >= bound } }

    private func look() async {
        let (broker, queue) = (broker, queue)
        let answer = await Deadline.within(Self.patience) { try? await broker.depth(of: queue).messages }
        guard let messages = answer ?? nil else { return }
        depth.withLock { $0 = messages }
        handover.brokerAnswered()
    }
}
