internal import Commerce
internal import FoundationEssentials
internal import Providers
internal import Work

// Calls to the courier.

extension Tracking {
    func party(of message: Received<Input>) -> String? {
        if case .reported = message.input { return nil }
        return courier?.party
    }

    func ask(_ messages: [Received<Input>]) async -> [Result<Answer, Setback>] {
        guard let courier else { return messages.map { _ in .success(.nothing) } }
        let phones: [UUID: String]
        do {
            phones = try await self.phones(for: messages, courier)
        } catch {
            // Without the digits some couriers refuse for good what they would answer later.
            return messages.map { message in
                if case .reported = message.input {
                    .success(.nothing)
                } else {
                    .failure(.wait(.seconds(2), "the buyer's data can't be read now"))
                }
            }
        }
        return await withTaskGroup(of: (Int, Result<Answer, Setback>).self) { group in
            for (index, message) in messages.enumerated() {
                group.addTask { (index, await ask(message, courier, phones)) }
            }
            var answers = [Result<Answer, Setback>](repeating: .success(.nothing), count: messages.count)
            for await (index, answer) in group { answers[index] = answer }
            return answers
        }
    }

    private func phones(for messages: [Received<Input>], _ courier: Courier) async throws -> [UUID: String] {
        let orders = messages.compactMap { message in
            switch message.input {
            case .dispatched(let dispatched): courier.wantsPhone(dispatched.carrier) ? dispatched.order : nil
            case .due(let due): courier.wantsPhone(due.carrier) ? due.order : nil
            case .reported: nil
            }
        }
        return orders.isEmpty ? [:] : try await courier.phones(Array(Set(orders)))
    }

    private func ask(_ message: Received<Input>, _ courier: Courier, _ phones: [UUID: String]) async -> Result<Answer, Setback> {
        do throws(ProviderError) {
            switch message.input {
            case .reported: return .success(.nothing)
            case .dispatched(let dispatched):
                try await courier.subscribe(dispatched.carrier, dispatched.waybill, phones[dispatched.order])
                return .success(.subscribed)
            case .due(let due):
                var report = try await courier.report(due.carrier, due.waybill, phones[due.order])
                report?.shipment = due.shipment
                return .success(.report(report))
            }
        } catch {
            return answer(to: error, message)
        }
    }

    /// A poll that failed is made up for by the next one; a subscription is asked for again until there is an answer.
    private func answer(to error: ProviderError, _ message: Received<Input>) -> Result<Answer, Setback> {
        let isPoll = if case .due = message.input { true } else { false }
        switch error.kind {
        case .away, .blocked: return .failure(.away(party: error.party, error.description))
        case .refused: return .success(isPoll ? .report(nil) : .refused)
        case .transient, .throttled, .unknown: if isPoll { return .success(.report(nil)) }
        }
        if case .throttled(let after) = error.kind { return .failure(.wait(after ?? .seconds(60), error.description)) }
        return .failure(.retry(after: error.retryAfter, error.description))
    }
}
