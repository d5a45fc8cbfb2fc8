internal import Logging
internal import Synchronization

/// Whom the next message goes to, by how the last ones fared: a request should not wait 2 s for a broker that just let
/// others wait.
final class Trust: Sendable {
    private struct State {
        /// Until when the broker is left alone; nil while it confirms.
        var brokerRestsUntil: ContinuousClock.Instant?
        var brokerRest: Duration = Trust.shortestRest
        var spoolRestsUntil: ContinuousClock.Instant?
        /// Whether the log says that messages go to the spool.
        var isSpooling = false
    }

    private static let shortestRest: Duration = .seconds(1)
    private static let longestRest: Duration = .seconds(8)
    private static let spoolRest: Duration = .milliseconds(250)
    /// Longer than a flight that tries can take.
    private static let probeLimit: Duration = .seconds(10)

    private let state = Mutex(State())
    private let logger: Logger

    init(logger: Logger) {
        self.logger = logger
    }

    /// Whether the broker is trusted, as far as is known. Asking changes nothing.
    var trustsBroker: Bool { state.withLock { $0.brokerRestsUntil == nil } }

    /// Whether the next flight may go to the broker. After a failure and a rest one flight may try it; until it is back the
    /// others go to the spool.
    func mayTryBroker() -> Bool {
        state.withLock { state in
            guard let until = state.brokerRestsUntil else { return true }
            guard .now >= until else { return false }
            state.brokerRestsUntil = .now + Self.probeLimit
            return true
        }
    }

    /// Whether the next flight may go to the spool; after a failure one may try it, and the others are refused at once.
    func mayTrySpool() -> Bool {
        state.withLock { state in
            guard let until = state.spoolRestsUntil else { return true }
            guard .now >= until else { return false }
            state.spoolRestsUntil = .now + Self.probeLimit
            return true
        }
    }

    func brokerConfirmed() {
        let wasAway = state.withLock { state in
            defer {
                state.brokerRestsUntil = nil
                state.brokerRest = Self.shortestRest
                state.isSpooling = false
            }
            return state.isSpooling
        }
        if wasAway { logger.notice("the broker takes messages again") }
    }

    /// It answered, so the next flight may try it at once; unless confirms failed to come again and again although it answers.
    func brokerAnswered() {
        state.withLock { if $0.brokerRestsUntil != nil, $0.brokerRest <= Self.shortestRest * 2 { $0.brokerRestsUntil = .now } }
    }

    func brokerFailed(_ error: any Error) {
        let isNew = state.withLock { state in
            state.brokerRestsUntil = .now + state.brokerRest
            state.brokerRest = min(state.brokerRest * 2, Self.longestRest)
            defer { state.isSpooling = true }
            return !state.isSpooling
        }
        if isNew { logger.warning("the broker does not confirm: messages go to the spool", metadata: ["error": "\(error)"]) }
    }

    func spoolTook() {
        let isNew = state.withLock { state in
            state.spoolRestsUntil = nil
            defer { state.isSpooling = true }
            return !state.isSpooling
        }
        if isNew { logger.warning("the broker is away: messages go to the spool") }
    }

    func spoolFailed(_ error: String) {
        let isNew = state.withLock { state in
            defer { state.spoolRestsUntil = .now + Self.spoolRest }
            return state.spoolRestsUntil == nil
        }
        if isNew { logger.error("neither broker nor database takes messages", metadata: ["error": "\(error)"]) }
    }
}
