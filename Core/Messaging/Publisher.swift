/// Publishes messages and tells what became of each.
public final class Publisher: Sendable {
    init() {}

    /// Publishes all, mandatory and confirmed, in one burst as far as the window allows; returns one confirmation a publication, in
    /// order. Waits for the connection if need be. Concurrent calls share bursts.
    ///
    /// - Parameter timeout: how long to wait for the connection and for the confirms, together.
    /// - Throws: ``MessagingError``: `unavailable` and `blocked` sent nothing; after `timedOut`, `connectionLost` and `channelClosed` the fate
    ///   of all is unknown, and the caller may publish the same again with the same ids; `invalid` sent nothing and never will.
    public func publish(_ publications: [Publication], timeout: Duration = .seconds(10)) async throws(MessagingError) -> [Confirmation] {
        fatalError("not built yet")
    }
}
