internal import Synchronization

/// What a subscription and the consuming connection's thread share.
final class SubscriptionCore: Sendable {
    typealias Waiter = CheckedContinuation<[Delivery], Never>

    let queue: String
    let prefetch: Int
    let buffer = Mutex(DeliveryBuffer<Waiter>())
    /// Whether the broker has said that it consumes.
    let isConsuming = Atomic(false)

    init(queue: String, prefetch: Int) {
        self.queue = queue
        self.prefetch = prefetch
    }
}

/// What is to become of deliveries.
enum Settlement: Sendable, Equatable {
    case acknowledged
    case rejected(requeue: Bool)

    func method(_ step: SettlementPlan.Step) -> Method {
        switch self {
        case .acknowledged: .acknowledge(tag: step.tag, multiple: step.multiple)
        case .rejected(let requeue): .reject(tag: step.tag, multiple: step.multiple, requeue: requeue)
        }
    }
}
