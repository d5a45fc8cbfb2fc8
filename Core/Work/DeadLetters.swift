internal import Database
internal import FoundationEssentials
internal import JSON
internal import Logging
internal import Messaging
public import ServiceLifecycle
internal import Topology

/// Files what arrives in the queues of dead letters in the database, where operators can search, look, mend and retry it.
public struct DeadLetters: Service {
    private let place: Workplace
    private let stopping = Flag()

    public init(place: Workplace) {
        self.place = place
    }

    public func run() async throws {
        await withTaskGroup(of: Void.self) { group in
            for queue in place.topology.queues {
                group.addTask { await file(from: queue.deadLetterQueue, of: queue.name) }
            }
        }
    }

    private func file(from deadLetterQueue: String, of queue: String) async {
        let subscription = place.broker.subscribe(to: deadLetterQueue, prefetch: 256)
        let station = Station(subscription: subscription, limit: 256, linger: .milliseconds(20), stopping: stopping)
        await station.run { deliveries in await file(deliveries.map { DeadLetter($0, queue: queue) }) ? deliveries : [] }
    }

    /// Returns whether they are filed; false only where the process ends first.
    private func file(_ letters: [DeadLetter]) async -> Bool {
        var pause = Pause()
        // The same letter twice in one statement would be refused: the last one counts.
        let letters = Dictionary(letters.map { ($0.id, $0) }) { $1 }.values.sorted { $0.id.text < $1.id.text }
        while true {
            do {
                try await place.database.query(DeadLetter.insert(letters, at: Date()))
                for letter in letters {
                    place.logger.error(
                        "a dead letter",
                        metadata: ["queue": "\(letter.queue)", "message": "\(letter.id.text)", "reason": "\(letter.reason)"])
                }
                return true
            } catch {
                place.logger.warning("dead letters wait for the database", metadata: ["error": "\(error)"])
                if stopping.isUp { return false }
                try? await Task.sleep(for: pause.take())
            }
        }
    }
}
