/// Brings a database's schema up to date.
public struct Migrator: Sendable {
    public init(_ database: Database, migrations: [Migration]) {}
    /// Applies what is missing, each migration in a transaction of its own, one migrator at a time. Returns what it applied.
    @discardableResult
    public func run() async throws -> [Migration] { fatalError() }
    /// What ``run()`` would apply.
    public func pending() async throws -> [Migration] { fatalError() }
}
