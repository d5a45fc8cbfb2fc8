public import ServiceLifecycle
internal import Topology
internal import Work

/// Every worker, a line each: the map of the house. The queues are those of `queues.yaml`.
public enum Roster {
    /// A queue and who works on it.
    public struct Entry: Sendable {
        /// The queue's name in `queues.yaml`, and the worker's.
        public let queue: String
        /// What the worker does, in a line.
        public let summary: String
        fileprivate let make: @Sendable (Environment, Outside) throws -> any Worker

        fileprivate init(_ queue: String, _ summary: String, _ make: @escaping @Sendable (Environment, Outside) throws -> any Worker) {
            self.queue = queue
            self.summary = summary
            self.make = make
        }
    }

    public static let workers = [
        Entry("placement", "stores each order once, splits it by merchant, cancels it") { _, _ in Placement() },
        Entry("inventory", "reserves an order's lines in one go, releases them") { _, _ in Inventory() },
        Entry("payments", "opens payments, takes them once, closes and refunds them") { environment, outside in
            Payments(weChatPay: outside.weChatPay, window: try environment.configuration.require(.paymentWindow))
        },
        Entry("fulfillment", "lets merchants ship what is paid, completes what has arrived") { environment, _ in
            Fulfillment(
                confirmationWindow: try environment.configuration.require(.confirmationWindow),
                answerWindow: try environment.configuration.require(.cancellationWindow))
        },
        Entry("tracking", "follows parcels until they arrive") { try Tracking($0, $1) },
        Entry("settlement", "posts what was paid, earned and refunded to the ledger") { _, _ in Settlement() },
        Entry("notifications", "tells buyers in their inbox") { try Notifications($0, $1) },
        Entry("sms", "tells buyers by SMS, outside the quiet hours") { try TextMessages($0, $1) },
        Entry("webhooks", "tells storefronts and merchants by signed calls") { environment, _ in try Webhooks(environment) },
    ]

    /// The services that work on queues.
    /// - Parameters:
    ///   - queues: their names; `all` stands for every one.
    ///   - environment: what they run on; its topology says how each queue is worked on.
    /// - Throws: ``RosterError`` where no worker has that name, or what is wrong with a worker's configuration.
    public static func services(for queues: [String], in environment: Environment) throws -> [any Service] {
        let outside = try Outside(configuration: environment.configuration, client: environment.http)
        let names = queues.contains("all") ? workers.map(\.queue) : queues
        return try names.map { name in
            guard let entry = workers.first(where: { $0.queue == name }), let queue = environment.topology.queue(name) else {
                throw RosterError(name: name)
            }
            return loop(try entry.make(environment, outside), queue, environment)
        }
    }

    private static func loop<W: Worker>(_ worker: W, _ queue: Queue, _ environment: Environment) -> any Service {
        WorkLoop(worker, queue: queue, place: environment.place)
    }
}

/// A queue that nobody works on.
public struct RosterError: Error, Sendable, CustomStringConvertible {
    public let name: String

    public var description: String {
        "there is no worker '\(name)'; there are: all, \(Roster.workers.map(\.queue).joined(separator: ", "))"
    }
}
