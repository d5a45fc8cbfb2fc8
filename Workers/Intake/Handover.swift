internal import Database
internal import Logging
internal import Messaging
internal import Metrics
internal import Synchronization
internal import Topology
internal import Work

/// Hands messages over to someone who keeps them: the broker, or while it is away the spool in the database.
///
/// A caller hears `broker` or `spool` only after a durable yes. Messages of all callers share flights: one burst and one
/// wait for its confirms.
final class Handover: Sendable {
    /// What became of a message.
    enum Outcome: Sendable, Equatable {
        /// The broker confirmed it.
        case broker
        /// It is in the database and goes to the broker when that is back.
        case spool
        /// The queue is at its bound.
        case full
        /// Neither took it. It may have arrived all the same: it may be handed in again under the same id.
        case unavailable
    }

    /// How long a confirm is waited for before the spool is turned to.
    static let confirmLimit: Duration = .seconds(2)
    /// How long the spool may take.
    static let spoolLimit: Duration = .seconds(5)
    /// Messages of a flight, at most.
    static let flightSize = 512
    /// Flights in the air, at most.
    static let flightLimit = 2
    /// Messages waiting for a flight, at most.
    static let waitingLimit = 20_000

    private let flights: Flights<Envelope, Outcome>
    private let trust: Trust

    init(place: Workplace) {
        let trust = Trust(logger: place.logger)
        let flight = Flight(place: place, publisher: place.broker.publisher(), trust: trust)
        self.trust = trust
        flights = Flights(
            size: Self.flightSize, parallel: Self.flightLimit, waitingLimit: Self.waitingLimit, overflow: .unavailable,
            fly: { await flight.carry($0) })
    }

    /// Hands a message over and waits for the durable yes.
    func hand(_ envelope: Envelope) async -> Outcome { await flights.carry(envelope) }

    /// Whether the broker confirmed when it was last asked to.
    var trustsBroker: Bool { trust.trustsBroker }

    /// The broker answered a question that has nothing to do with a publish.
    func brokerAnswered() { trust.brokerAnswered() }
}

/// One burst to the broker, or one statement to the spool.
private struct Flight: Sendable {
    let place: Workplace
    let publisher: Publisher
    let trust: Trust
    let viaBroker = Counter(label: "sluice_intake_messages_total", dimensions: [("by", "broker")])
    let viaSpool = Counter(label: "sluice_intake_messages_total", dimensions: [("by", "spool")])
    let refused = Counter(label: "sluice_intake_messages_total", dimensions: [("by", "none")])

    func carry(_ envelopes: [Envelope]) async -> [Handover.Outcome] {
        let outcomes = await broker(envelopes)
        count(outcomes)
        return outcomes
    }

    private func broker(_ envelopes: [Envelope]) async -> [Handover.Outcome] {
        guard place.broker.state.isReady, trust.mayTryBroker() else {
            if !place.broker.state.isConnected { place.broker.connect() }
            return await spool(envelopes)
        }
        let exchange = place.topology.exchange
        do {
            let confirmations = try await publisher.publish(
                envelopes.map { $0.publication(exchange: exchange) }, timeout: Handover.confirmLimit)
            trust.brokerConfirmed()
            return await settle(envelopes, confirmations)
        } catch {
            trust.brokerFailed(error)
            return await spool(envelopes)
        }
    }

    /// What no queue was bound for goes to the spool, to be handed over when the topology is there.
    private func settle(_ envelopes: [Envelope], _ confirmations: [Confirmation]) async -> [Handover.Outcome] {
        var outcomes: [Handover.Outcome] = []
        outcomes.reserveCapacity(envelopes.count)
        var returned: [Int] = []
        for (index, confirmation) in confirmations.enumerated() {
            switch confirmation {
            case .confirmed: outcomes.append(.broker)
            case .nacked: outcomes.append(.full)
            case .returned:
                returned.append(index)
                outcomes.append(.unavailable)
            }
        }
        guard !returned.isEmpty else { return outcomes }
        place.logger.error("no queue is bound for what was submitted: apply the topology", metadata: ["messages": "\(returned.count)"])
        let spooled = await spool(returned.map { envelopes[$0] })
        for (index, outcome) in zip(returned, spooled) { outcomes[index] = outcome }
        return outcomes
    }

    private func spool(_ envelopes: [Envelope]) async -> [Handover.Outcome] {
        guard trust.mayTrySpool() else { return envelopes.map { _ in .unavailable } }
        let database = place.database
        let failure = await Deadline.within(Handover.spoolLimit) { () async -> String? in
            do {
                try await database.query(Timers.spool(envelopes))
                return nil
            } catch {
                return "\(error)"
            }
        }
        switch failure {
        case .some(nil):
            trust.spoolTook()
            return envelopes.map { _ in .spool }
        case .some(.some(let error)): trust.spoolFailed(error)
        case nil: trust.spoolFailed("no answer within \(Handover.spoolLimit)")
        }
        return envelopes.map { _ in .unavailable }
    }

    private func count(_ outcomes: [Handover.Outcome]) {
        let broker = outcomes.count { $0 == .broker }
        let spool = outcomes.count { $0 == .spool }
        if broker > 0 { viaBroker.increment(by: broker) }
        if spool > 0 { viaSpool.increment(by: spool) }
        if broker + spool < outcomes.count { refused.increment(by: outcomes.count - broker - spool) }
    }
}
