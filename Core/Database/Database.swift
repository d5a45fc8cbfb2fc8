public import Logging
/// PostgreSQL. Signatures first; the bodies follow.
public final class Database: Sendable {
    /// Opens nothing yet: connections are made when they are needed.
    public init(configuration: DatabaseConfiguration, logger: Logger) {}
    /// One statement, committed by itself.
    @discardableResult
    public func query(_ query: Query) async throws -> Rows { fatalError() }
    /// Several statements in one flight, committed together or not at all.
    @discardableResult
    public func queries(_ queries: [Query]) async throws -> [Rows] { fatalError() }
    /// Runs `body` in a transaction: committed when it returns (unless it did so itself), rolled back when it throws.
    public nonisolated(nonsending) func transaction<R: Sendable>(_ body: (Transaction) async throws -> R) async throws -> R { fatalError() }
    /// Runs `body` while holding the session-level advisory lock `key`, on a connection of its own. nil: someone else holds it.
    /// `body` is cancelled when that connection is lost.
    public func holdingLock<R: Sendable>(_ key: Int64, _ body: @escaping @Sendable () async throws -> R) async throws -> R? { fatalError() }
    /// Several statements as one text, on a connection of its own, in one transaction unless it says otherwise.
    public func script(_ sql: String, limit: Duration = .seconds(600)) async throws { fatalError() }
    /// Ends all connections; those in use when they come back.
    public func close() async { fatalError() }
}
