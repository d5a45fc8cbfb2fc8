internal import Database
internal import FoundationEssentials
internal import JSON
internal import Logging
internal import Messaging
public import ServiceLifecycle
internal import Topology

/// Publishes what is due. One of any number of clocks leads, by a lock in the database; the others wait to take over.
///
/// A message goes out and is confirmed before its row is deleted: it may go out twice, under the same id, but is not lost.
public struct Clock: Service {
    private let place: Workplace
    private let partitions: Partitions

    /// How many messages are taken from the table at once.
    static let batch = 500
    /// How often the table is looked into while nothing is due.
    static let interval: Duration = .milliseconds(250)
    /// The lock's number: any fixed one that nothing else in the database uses.
    static let lock: Int64 = 0x736c_7569_6365_0001

    /// - Parameter journalDays: for how many days the journal is kept.
    public init(place: Workplace, journalDays: Int) {
        self.place = place
        partitions = Partitions(database: place.database, days: journalDays)
    }

    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var pause = Pause()
            while !Task.isCancelled {
                do {
                    // nil: another clock leads.
                    _ = try await place.database.holdingLock(Self.lock) {
                        place.logger.notice("this clock leads")
                        try await lead()
                    }
                    pause = Pause()
                } catch is CancellationError {
                    break
                } catch {
                    place.logger.warning("the clock waits", metadata: ["error": "\(error)"])
                }
                try? await Task.sleep(for: pause.take())
            }
        }
    }

    private func lead() async throws {
        let publisher = place.broker.publisher()
        var keptAt: ContinuousClock.Instant?
        while true {
            try Task.checkCancellation()
            if keptAt.map({ ContinuousClock.now - $0 > .seconds(3_600) }) ?? true {
                try await partitions.keep()
                keptAt = .now
            }
            let published = try await publishDue(with: publisher)
            if published < Self.batch { try await Task.sleep(for: Self.interval) }
        }
    }

    /// Publishes one batch of what is due. Returns how many were due.
    private func publishDue(with publisher: Publisher) async throws -> Int {
        let rows = try await place.database.query(Timers.due(limit: Self.batch))
        var publications: [Publication] = []
        var ids: [UUID] = []
        for row in rows {
            let type = try row.text(2)
            let id = try row.uuid(0)
            guard place.topology.isHandled(type) else {
                place.logger.error("a timer's type is handled by no queue", metadata: ["type": "\(type)", "message": "\(id.text)"])
                continue
            }
            let envelope = Envelope(
                id: id, type: type, order: try row.optionalUUID(3), cause: try row.optionalUUID(4), publishedAt: Date(),
                body: Array(try row.text(5).utf8))
            ids.append(id)
            publications.append(envelope.publication(exchange: place.topology.exchange))
        }
        guard !publications.isEmpty else { return 0 }
        let confirmations = try await publisher.publish(publications)
        let confirmed = zip(ids, confirmations).filter { $1 == .confirmed }.map(\.0)
        try await place.database.query(Timers.delete(confirmed))
        if confirmed.count < ids.count { try await Task.sleep(for: .seconds(1)) }
        return rows.count
    }
}
