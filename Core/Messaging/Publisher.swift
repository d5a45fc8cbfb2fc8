/// Publishes messages and tells what became of each.
public final class Publisher: Sendable {
    private let broker: Broker
    private let channel: UInt16

    init(_ broker: Broker, channel: UInt16) {
        self.broker = broker
        self.channel = channel
    }

    /// Publishes all, mandatory and confirmed, in one burst as far as the window allows; returns one confirmation a publication, in
    /// order. Waits for the connection if need be. Concurrent calls share bursts.
    ///
    /// A publication that comes back is told from others by its message id, exchange and routing key.
    ///
    /// - Parameter timeout: how long to wait for the connection and for the confirms, together.
    /// - Throws: ``MessagingError``: `unavailable` and `blocked` sent nothing; after `timedOut`, `connectionLost` and `channelClosed` the fate
    ///   of all is unknown, and the caller may publish the same again with the same ids; `invalid` sent nothing and never will.
    public func publish(_ publications: [Publication], timeout: Duration = .seconds(10)) async throws(MessagingError) -> [Confirmation] {
        if publications.isEmpty { return [] }
        for (index, publication) in publications.enumerated() {
            if let problem = publication.problem(largestBody: broker.configuration.largestBody) {
                throw MessagingError(.invalid, "publication \(index) can't be sent: \(problem)")
            }
        }
        let hasBegun = Flag()
        let state = broker.stateBox
        let (publishing, channel) = (broker.publishing, channel)
        return try await Pending.answer(within: timeout) {
            if hasBegun.isSet { return MessagingError(.timedOut, "no confirm within \(timeout)") }
            let state = state.value
            if state.isBlocked { return MessagingError(.blocked, state.reason) }
            let reason = state.isConnected ? "too much is waiting for confirms" : state.reason
            return MessagingError(.unavailable, "not published within \(timeout): \(reason)")
        } _: { pending in
            guard publishing.post(.publish(Flight(publications, pending, hasBegun), channel: channel)) else {
                return pending.finish(.failure(MessagingError(.closed, "the broker client was closed")))
            }
        }
    }
}
