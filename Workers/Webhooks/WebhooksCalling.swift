internal import Commerce
internal import FoundationEssentials
internal import Store
internal import Work

// Looking up endpoints and calling them.

extension Webhooks {
    private typealias Outcome = Result<Answer, Setback>

    /// How many calls one endpoint gets at once.
    private static let callsAtOnce = 8
    /// How long a batch goes on calling one endpoint; what is left then has its turn later, so that a slow one holds up nobody.
    private static let turn: Duration = .seconds(5)

    func ask(_ messages: [Received<WebhookEvent>]) async -> [Result<Answer, Setback>] {
        let endpoints: [UUID: WebhookEndpoint]
        do {
            endpoints = try await directory.endpoints(of: Set(messages.map(\.input.party)))
        } catch {
            return messages.map { _ in .failure(.wait(.seconds(2), "the endpoints can't be read now")) }
        }
        var outcomes = [Outcome](repeating: .success(.noEndpoint), count: messages.count)
        var byParty: [UUID: [(Int, Received<WebhookEvent>)]] = [:]
        for (index, message) in messages.enumerated() where endpoints[message.input.party] != nil {
            byParty[message.input.party, default: []].append((index, message))
        }
        guard !byParty.isEmpty else { return outcomes }
        await withTaskGroup(of: [(Int, Outcome)].self) { group in
            for (party, messages) in byParty {
                guard let endpoint = endpoints[party] else { continue }
                group.addTask { await call(endpoint, messages) }
            }
            for await results in group {
                for (index, outcome) in results { outcomes[index] = outcome }
            }
        }
        return outcomes
    }

    /// Calls one endpoint for several messages, a few at a time, until it turns out to be away, gone, or slow.
    private func call(_ endpoint: WebhookEndpoint, _ messages: [(Int, Received<WebhookEvent>)]) async -> [(Int, Outcome)] {
        var outcomes: [(Int, Outcome)] = []
        let end = ContinuousClock.now + Self.turn
        var rest = messages[...]
        while !rest.isEmpty {
            let results = await call(endpoint, rest.prefix(Self.callsAtOnce))
            rest = rest.dropFirst(Self.callsAtOnce)
            var leave: ((Received<WebhookEvent>) -> Outcome)?
            for (index, message, result) in results {
                switch result {
                case .answered(let answer):
                    outcomes.append((index, .success(answer)))
                    if case .gone = answer {
                        directory.forget(endpoint.party)
                        leave = { _ in .success(.noEndpoint) }
                    }
                case .setBack(let setback): outcomes.append((index, .failure(setback)))
                case .away(let reason):
                    outcomes.append((index, away(message, reason)))
                    leave = leave ?? { away($0, reason) }
                }
            }
            if leave == nil, ContinuousClock.now >= end { leave = { _ in .failure(.wait(.seconds(1), "the endpoint is slow")) } }
            if let leave {
                for (index, message) in rest { outcomes.append((index, leave(message))) }
                break
            }
        }
        return outcomes
    }

    private func call(
        _ endpoint: WebhookEndpoint, _ messages: some Sequence<(Int, Received<WebhookEvent>)>
    ) async -> [(Int, Received<WebhookEvent>, WebhookCaller.Outcome)] {
        await withTaskGroup(of: (Int, Received<WebhookEvent>, WebhookCaller.Outcome).self) { group in
            for (index, message) in messages {
                group.addTask { (index, message, await caller.call(endpoint, message)) }
            }
            var results: [(Int, Received<WebhookEvent>, WebhookCaller.Outcome)] = []
            for await result in group { results.append(result) }
            return results
        }
    }

    private func away(_ message: Received<WebhookEvent>, _ reason: String) -> Outcome {
        guard Duration.seconds(message.now.timeIntervalSince(message.publishedAt)) < patience else { return .success(.givenUp) }
        return .failure(.away(party: Self.party(message.input.party), reason))
    }
}
