internal import Database
internal import FoundationEssentials
internal import Logging

/// Takes a batch through ask, load, decide and save. Knows no broker.
struct BatchRun<W: Worker>: Sendable {
    let worker: W
    /// The worker's name: its queue's.
    let name: String
    let database: Database
    let circuits: CircuitBoard
    let metrics: WorkMetrics
    let logger: Logger
    /// Whether the process ends: then nothing is waited for.
    let isStopping: @Sendable () -> Bool

    /// A message on its way through the steps.
    private struct Entry: Sendable {
        let position: Int
        let envelope: Envelope
        let received: Received<W.Input>
        var answer: W.Answer?
    }

    private typealias Result = (position: Int, disposition: Disposition)

    /// What became of each message, in the order given. No two of them have the same id.
    /// - Parameter mayRepeat: whether some may have been done before, so that the journal is asked first.
    func callAsFunction(_ envelopes: [Envelope], mayRepeat: Bool) async -> [Disposition] {
        var dispositions = [Disposition](repeating: .left, count: envelopes.count)
        var entries = decode(envelopes, &dispositions)
        if W.Answer.self == Void.self {
            for index in entries.indices { entries[index].answer = () as? W.Answer }
        } else {
            entries = await asked(entries, &dispositions)
        }
        guard !entries.isEmpty else { return dispositions }
        for (position, disposition) in await transact(entries, mayRepeat: mayRepeat) { dispositions[position] = disposition }
        return dispositions
    }

    private func decode(_ envelopes: [Envelope], _ dispositions: inout [Disposition]) -> [Entry] {
        let now = Date()
        var entries: [Entry] = []
        entries.reserveCapacity(envelopes.count)
        for (position, envelope) in envelopes.enumerated() {
            do {
                let input = try worker.decode(envelope.body, type: envelope.type)
                let received = Received(
                    id: envelope.id, type: envelope.type, order: envelope.order, attempt: envelope.attempt,
                    publishedAt: Date(timeIntervalSince1970: Double(envelope.publishedAt)), now: now, input: input, body: envelope.body)
                entries.append(Entry(position: position, envelope: envelope, received: received))
            } catch {
                dispositions[position] = .dead("can't be decoded: \(error)")
            }
        }
        return entries
    }

    // MARK: - Ask

    /// Asks for those that were not done before and whose party is not away; the rest have their disposition.
    private func asked(_ entries: [Entry], _ dispositions: inout [Disposition]) async -> [Entry] {
        // What calls nobody outside needs no look before: load's transaction finds repeats.
        let callers = entries.filter { worker.party(of: $0.received) != nil }.map(\.envelope.id)
        var known: [UUID: [Output]] = [:]
        if !callers.isEmpty {
            guard let found = await awaitDatabase({ try await journalled(callers, in: nil) }) else { return [] }
            known = found
        }
        var toAsk: [Entry] = []
        var held = HeldOrders()
        for entry in entries {
            if let outputs = known[entry.envelope.id] {
                dispositions[entry.position] = .done(outputs)
            } else if let delay = held.delay(of: entry.received.order) {
                dispositions[entry.position] = behind(delay, entry)
            } else if let party = worker.party(of: entry.received), let delay = circuits.admit(party) {
                dispositions[entry.position] = .later(delay, attempt: entry.envelope.attempt, reason: "\(party) is away")
                held.hold(entry.received.order, delay)
            } else {
                toAsk.append(entry)
            }
        }
        guard !toAsk.isEmpty else { return [] }
        let began = ContinuousClock.now
        let answers = await worker.ask(toAsk.map(\.received))
        metrics.took(.ask, ContinuousClock.now - began)
        precondition(answers.count == toAsk.count, "\(name): ask must answer every message")
        var ready: [Entry] = []
        for (entry, answer) in zip(toAsk, answers) {
            note(answer, for: worker.party(of: entry.received))
            if let delay = held.delay(of: entry.received.order) {
                dispositions[entry.position] = behind(delay, entry)
                continue
            }
            switch answer {
            case .success(let answer):
                var entry = entry
                entry.answer = answer
                ready.append(entry)
            case .failure(let setback):
                let disposition = self.disposition(of: setback, entry)
                dispositions[entry.position] = disposition
                held.hold(entry.received.order, disposition)
            }
        }
        return ready
    }

    private func note(_ answer: Swift.Result<W.Answer, Setback>, for party: String?) {
        if case .failure(.away(let party, let reason)) = answer {
            if circuits.failed(party) {
                logger.warning("an outside party is away: it is spared and probed", metadata: ["party": "\(party)", "reason": "\(reason)"])
            }
        } else if let party, circuits.succeeded(party) {
            logger.notice("an outside party is back", metadata: ["party": "\(party)"])
        }
    }

    private func behind(_ delay: Duration?, _ entry: Entry) -> Disposition {
        .later(delay, attempt: entry.envelope.attempt, reason: "behind an earlier message of its order")
    }

    private func disposition(of setback: Setback, _ entry: Entry) -> Disposition {
        switch setback {
        case .retry(let after, let reason): .later(after, attempt: entry.envelope.attempt + 1, reason: reason)
        case .wait(let after, let reason): .later(after, attempt: entry.envelope.attempt, reason: reason)
        case .away(let party, let reason):
            .later(.seconds(5), attempt: entry.envelope.attempt, reason: "\(party): \(reason)")
        case .dead(let reason): .dead(reason)
        }
    }

    // MARK: - Load, decide, save

    /// Runs the batch in one transaction; again where that may help; in halves where one message spoils it.
    private func transact(_ entries: [Entry], mayRepeat: Bool) async -> [Result] {
        var mayRepeat = mayRepeat
        var tries = 0
        var pause = Pause()
        while true {
            let fault: any Error
            do {
                return try await once(entries, mayRepeat: mayRepeat)
            } catch let error as DatabaseError where error.isAway {
                // Nobody's fault: no attempt is used. A COMMIT may have succeeded unheard, so the journal is asked next time.
                metrics.paused()
                logger.warning("the database is away: waiting", metadata: ["error": "\(error)"])
                if isStopping() { return entries.map { ($0.position, .left) } }
                try? await Task.sleep(for: pause.take())
                mayRepeat = true
                continue
            } catch let error as DatabaseError where (error.isRetriable || error.isStatementTimeout) && tries < 5 {
                tries += 1
                try? await Task.sleep(for: .milliseconds(Int.random(in: 5...40) * tries))
                continue
            } catch let error as DatabaseError where error.isUniqueViolation && !mayRepeat {
                // Most often the journal's own: a message that came a second time, unmarked. Then the lookup finds it.
                mayRepeat = true
                continue
            } catch is CancellationError {
                return entries.map { ($0.position, .left) }
            } catch {
                fault = error
            }
            if entries.count > 1 {
                metrics.halved()
                let middle = entries.count / 2
                let first = await transact(Array(entries[..<middle]), mayRepeat: true)
                return first + (await transact(Array(entries[middle...]), mayRepeat: true))
            }
            logger.error("a message failed", metadata: entries[0].envelope.metadata.merging(["error": "\(fault)"]) { $1 })
            let attempt = entries[0].envelope.attempt
            return [(entries[0].position, .later(nil, attempt: attempt + 1, reason: "\(fault)"))]
        }
    }

    private func once(_ entries: [Entry], mayRepeat: Bool) async throws -> [Result] {
        let began = ContinuousClock.now
        return try await database.transaction { transaction in
            var results: [Result] = []
            results.reserveCapacity(entries.count)
            var fresh = entries
            if mayRepeat {
                let known = try await journalled(entries.map(\.envelope.id), in: transaction)
                if !known.isEmpty {
                    fresh = entries.filter { known[$0.envelope.id] == nil }
                    for entry in entries {
                        if let outputs = known[entry.envelope.id] { results.append((entry.position, .done(outputs))) }
                    }
                }
            }
            if fresh.isEmpty { return results }
            var state = try await worker.load(fresh.map(\.received), in: transaction)
            let loaded = ContinuousClock.now
            metrics.took(.load, loaded - began)
            let decided = decide(fresh, &state, &results)
            let now = ContinuousClock.now
            metrics.took(.decide, now - loaded)
            guard !decided.entries.isEmpty else { return results }
            var writes = [Journal.insert(decided.entries, worker: name, at: Date(), took: now - began)]
            if !decided.timers.isEmpty { writes.append(Timers.insert(decided.timers)) }
            if !decided.effects.isEmpty { writes += worker.save(decided.effects) }
            _ = try await transaction.commit(with: writes)
            metrics.took(.save, ContinuousClock.now - now)
            metrics.done(decided.entries)
            return results
        }
    }

    private struct Decided {
        var entries: [JournalEntry] = []
        var timers: [(output: Output, cause: UUID?)] = []
        var effects: [W.Effect] = []
    }

    private func decide(_ entries: [Entry], _ state: inout W.State, _ results: inout [Result]) -> Decided {
        var decided = Decided()
        decided.entries.reserveCapacity(entries.count)
        decided.effects.reserveCapacity(entries.count)
        var held = HeldOrders()
        for entry in entries {
            guard let answer = entry.answer else { preconditionFailure("\(name): a message was not asked for") }
            if let delay = held.delay(of: entry.received.order) {
                results.append((entry.position, behind(delay, entry)))
                continue
            }
            do {
                let decision = try worker.decide(entry.received, answer, &state)
                var outputs: [Output] = []
                outputs.reserveCapacity(decision.causes.count)
                for (index, cause) in decision.causes.enumerated() {
                    let id = MessageID.child(of: entry.envelope.id, type: cause.type, index: index)
                    let output = Output(id: id, type: cause.type, order: cause.order, body: cause.body, due: cause.due)
                    outputs.append(output)
                    if cause.due != nil { decided.timers.append((output, entry.envelope.id)) }
                }
                decided.entries.append(JournalEntry(envelope: entry.envelope, outcome: decision.outcome, outputs: outputs))
                if let effect = decision.effect { decided.effects.append(effect) }
                results.append((entry.position, .done(outputs)))
            } catch {
                let setback = error as? Setback ?? .retry(after: nil, "\(error)")
                let disposition = self.disposition(of: setback, entry)
                results.append((entry.position, disposition))
                held.hold(entry.received.order, disposition)
            }
        }
        return decided
    }

    // MARK: - The journal

    private func journalled(_ ids: [UUID], in transaction: Transaction?) async throws -> [UUID: [Output]] {
        let query = Journal.lookup(ids, worker: name)
        let rows = if let transaction { try await transaction.query(query) } else { try await database.query(query) }
        var known: [UUID: [Output]] = [:]
        for row in rows {
            known[try row.uuid(0)] = try row.optionalText(1).map { try Journal.decode(Array($0.utf8)) } ?? []
        }
        return known
    }

    /// Repeats `body` until the database answers; nil where the process ends first.
    private func awaitDatabase<R: Sendable>(_ body: () async throws -> R) async -> R? {
        var pause = Pause()
        while !isStopping() {
            do {
                return try await body()
            } catch {
                metrics.paused()
                logger.warning("the database is away: waiting", metadata: ["error": "\(error)"])
                try? await Task.sleep(for: pause.take())
            }
        }
        return nil
    }
}

/// The orders of which a message was put off: what follows it in the batch waits as long.
private struct HeldOrders {
    private var delays: [UUID: Duration?] = [:]

    func delay(of order: UUID?) -> Duration?? {
        order.flatMap { delays[$0] }
    }

    mutating func hold(_ order: UUID?, _ delay: Duration?) {
        if let order { delays[order] = .some(delay) }
    }

    mutating func hold(_ order: UUID?, _ disposition: Disposition) {
        // What is dead holds nothing up.
        if case .later(let delay, _, _) = disposition { hold(order, delay) }
    }
}
