internal import Messaging
internal import ServiceLifecycle

/// Takes batches from a queue and acknowledges each once it is settled. The only place where messages are acknowledged.
struct Station: Sendable {
    let subscription: Subscription
    let limit: Int
    let linger: Duration
    /// Raised when the process is to end: no more is taken, what is in hand is finished.
    let stopping: Flag

    /// Hands over batches until the process is told to shut down gracefully, or the task is cancelled.
    /// - Parameter settle: does what the batch asks for. Returns what may be acknowledged.
    func run(_ settle: ([Delivery]) async -> [Delivery]) async {
        await withTaskCancellationHandler {
            await withGracefulShutdownHandler {
                while true {
                    let deliveries = await subscription.next(limit: limit, linger: linger)
                    if deliveries.isEmpty { break }
                    let settled = await settle(deliveries)
                    if !settled.isEmpty { await subscription.acknowledge(settled) }
                }
            } onGracefulShutdown: {
                stop()
            }
        } onCancel: {
            stop()
        }
    }

    private func stop() {
        stopping.raise()
        // Only the source is stopped, never the task that acknowledges: its batch is finished first.
        Task { await subscription.stop() }
    }
}
