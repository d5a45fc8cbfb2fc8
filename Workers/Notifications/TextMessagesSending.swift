internal import Commerce
internal import FoundationEssentials
internal import Providers
internal import Store
internal import Work

// Looking whether it is still true, claiming, sending.

extension TextMessages {
    private typealias Outcome = Result<Answer, Setback>

    func ask(_ messages: [Received<NoticeDue>]) async -> [Result<Answer, Setback>] {
        guard let sender else { return messages.map { _ in .success(.noProvider) } }
        // Some waited for the batch to be asked for: the night may have begun meanwhile, so the latest of both times counts.
        let now = messages.reduce(Date()) { max($0, $1.now) }
        if let end = quietHours.end(at: now) {
            return messages.map { .success(.quiet(until: end.addingTimeInterval(Self.spread($0.input.notice)))) }
        }
        let entries = messages.map { Notices.Entry(notice: $0.input.notice, at: now, message: $0.id) }
        var outcomes = [Outcome?](repeating: nil, count: messages.count)
        let sealed: [UUID: String]
        let granted: [Int]
        do {
            let facts = try await ledger.facts(entries.map(\.notice))
            sealed = facts.sealed
            granted = try await claim(entries, facts, &outcomes)
        } catch {
            return messages.map { _ in .failure(.wait(.seconds(2), "what is known of the order can't be read now")) }
        }
        var unsent: [Notices.Entry] = []
        for (index, outcome) in await send(granted.map { ($0, entries[$0]) }, sealed, sender) {
            outcomes[index] = outcome
            if case .failure = outcome { unsent.append(entries[index]) }
        }
        // Should this fail, the claims stay and their SMS count as ones that may have been sent.
        if !unsent.isEmpty { try? await ledger.release(unsent) }
        return outcomes.map { $0 ?? .success(.repeated) }
    }

    /// Claims what is true, once each. Returns the positions of what is ours to send; the others have their outcome.
    private func claim(_ entries: [Notices.Entry], _ facts: Notices.Facts, _ outcomes: inout [Outcome?]) async throws -> [Int] {
        var claimed: [Int] = []
        var keys: Set<Notices.Key> = []
        for (index, entry) in entries.enumerated() {
            if !facts.support(entry.notice) {
                outcomes[index] = .success(.superseded)
            } else if keys.insert(Notices.Key(entry.notice)).inserted {
                claimed.append(index)
            } else {
                outcomes[index] = .success(.repeated)
            }
        }
        guard !claimed.isEmpty else { return [] }
        let claims = try await ledger.claim(claimed.map { entries[$0] })
        var granted: [Int] = []
        for index in claimed {
            switch claims.claim(of: entries[index]) {
            case .granted: granted.append(index)
            case .taken: outcomes[index] = .success(.repeated)
            case .unresolved: outcomes[index] = .success(.unknown)
            }
        }
        return granted
    }

    private func send(
        _ entries: [(Int, Notices.Entry)], _ sealed: [UUID: String], _ sender: SMSSender
    ) async -> [(Int, Outcome)] {
        await withTaskGroup(of: (Int, Outcome).self) { group in
            for (index, entry) in entries {
                group.addTask { (index, await send(entry, sealed[entry.notice.reference.order], sender)) }
            }
            var outcomes: [(Int, Outcome)] = []
            for await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
    }

    private func send(_ entry: Notices.Entry, _ sealed: String?, _ sender: SMSSender) async -> Outcome {
        guard let sealed else { return .failure(.dead("the order has no buyer's data")) }
        let sms: SMS
        do throws(SealingError) {
            sms = try sender.sms(entry.notice, message: entry.message, sealed: sealed)
        } catch {
            return .failure(.dead("the buyer's data can't be opened: \(error)"))
        }
        do throws(ProviderError) {
            return .success(.sent(try await sender.send(sms)))
        } catch {
            return outcome(of: error, sender)
        }
    }

    private func outcome(of error: ProviderError, _ sender: SMSSender) -> Outcome {
        switch error.kind {
        case .away, .blocked: .failure(.away(party: sender.party, error.description))
        case .transient(let after): .failure(.retry(after: after, error.description))
        case .throttled(let after): .failure(.wait(after ?? .seconds(60), error.description))
        case .refused(let code, _): .success(.refused(code))
        case .unknown: .success(.unknown)
        }
    }
}
