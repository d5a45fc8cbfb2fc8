internal import Commerce
internal import FoundationEssentials
internal import Providers
public import Work

// Calls to the provider.

extension Payments {
    public func party(of message: Received<PaymentsInput>) -> String? {
        switch message.input {
        case .reserved(let terms): Self.isForProvider(terms) ? PaymentMethod.wechat.rawValue : nil
        case .due: PaymentMethod.wechat.rawValue
        case .refundRequested(let refund): refund.method == .wechat ? PaymentMethod.wechat.rawValue : nil
        case .notified, .cancelled: nil
        }
    }

    public func ask(_ messages: [Received<PaymentsInput>]) async -> [Result<PaymentsAnswer, Setback>] {
        var answers = [Result<PaymentsAnswer, Setback>](repeating: .success(.nothing), count: messages.count)
        let asking = messages.indices.filter { party(of: messages[$0]) != nil }
        guard !asking.isEmpty else { return answers }
        guard let desk else {
            for index in asking { answers[index] = .failure(.away(party: PaymentMethod.wechat.rawValue, "WeChat Pay is not configured")) }
            return answers
        }
        await withTaskGroup(of: (Int, Result<PaymentsAnswer, Setback>).self) { group in
            var next = asking.makeIterator()
            func askNext() {
                guard let index = next.next() else { return }
                group.addTask { (index, await ask(messages[index], desk)) }
            }
            for _ in 0..<Self.callsAtOnce { askNext() }
            for await (index, answer) in group {
                answers[index] = answer
                askNext()
            }
        }
        return answers
    }

    /// How many calls a batch makes at once: each has a deadline that counts while it waits for its turn.
    private static let callsAtOnce = 32

    /// Whether the buyer pays through the provider, and not nothing.
    static func isForProvider(_ terms: OrderTerms) -> Bool { terms.method == .wechat && terms.total > 0 }

    private func ask(_ message: Received<PaymentsInput>, _ desk: PaymentDesk) async -> Result<PaymentsAnswer, Setback> {
        do throws(ProviderError) {
            switch message.input {
            case .reserved(let terms): return .success(try await open(terms, message, desk))
            case .due(let due): return .success(.standing(try await standing(due, desk)))
            case .refundRequested(let refund): return .success(.refund(try await desk.refund(refund)))
            case .notified, .cancelled: return .success(.nothing)
            }
        } catch {
            return .failure(Self.setback(error))
        }
    }

    /// Opens a payment, unless its time is as good as over. What is refused may have been opened with other words before: then
    /// it is looked at and closed, so that nobody pays what we don't know of.
    private func open(
        _ terms: OrderTerms, _ message: Received<PaymentsInput>, _ desk: PaymentDesk
    ) async throws(ProviderError) -> PaymentsAnswer {
        let expiresAt = expiry(of: message)
        guard expiresAt.timeIntervalSince(message.now) > min(60, window / 10) else { return .tooLate }
        do {
            return .opened(codeURL: try await desk.open(terms, expiresAt))
        } catch {
            guard case .refused = error.kind else { throw error }
            switch try await standing(PaymentDue(order: terms.order, closes: true), desk) {
            case .paid(let fact): return .standing(.paid(fact))
            default: return .refused(error.description)
            }
        }
    }

    /// The same however often it is asked: the provider takes a repeated opening only with the same words.
    func expiry(of message: Received<PaymentsInput>) -> Date { message.publishedAt.addingTimeInterval(window) }

    private func standing(_ due: PaymentDue, _ desk: PaymentDesk) async throws(ProviderError) -> PaymentStanding {
        let standing = try await desk.standing(due.order)
        guard standing == .unpaid, due.closes else { return standing }
        do {
            try await desk.close(due.order)
            return .closed
        } catch {
            // The buyer was quicker.
            guard case .refused = error.kind else { throw error }
            let standing = try await desk.standing(due.order)
            if standing == .unpaid { throw error }
            return standing
        }
    }

    private static func setback(_ error: ProviderError) -> Setback {
        switch error.kind {
        case .away: .away(party: error.party, error.description)
        // The merchant's account can't give money back now; it can take some all the same.
        case .blocked("NOT_ENOUGH", _): .retry(after: .seconds(600), error.description)
        case .blocked: .away(party: error.party, error.description)
        case .transient(let after): .retry(after: after, error.description)
        case .throttled(let after): .wait(after ?? .seconds(5), error.description)
        case .unknown: .retry(after: nil, error.description)
        case .refused: .dead(error.description)
        }
    }
}
