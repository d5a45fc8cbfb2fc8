import Foundation
import Logging
import Support

@testable import Database

/// A database of a test's own and what a test wants to say to it.
struct Fixture {
    let url: String
    let database: Database

    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init(_ name: String = #function, change: (inout DatabaseConfiguration) -> Void = { _ in }) async throws {
        self.init(url: try await TestServers.database(name), change: change)
    }

    init(url: String, change: (inout DatabaseConfiguration) -> Void = { _ in }) {
        self.url = url
        var configuration = DatabaseConfiguration(url: url, connections: 4, name: "test")
        change(&configuration)
        database = Database(configuration: configuration, logger: Self.silent)
    }

    /// A proxy in front of the server, and the URL through it.
    func proxy() throws -> (Proxy, url: String) {
        var components = URLComponents(string: url)!
        let proxy = try Proxy(to: components.port ?? 5432)
        components.host = "127.0.0.1"
        components.port = proxy.port
        return (proxy, components.string!)
    }

    /// Another user of the same database.
    func other(change: (inout DatabaseConfiguration) -> Void = { _ in }) -> Database { Fixture(url: url, change: change).database }

    /// A table of accounts, the first two of them there.
    func withAccounts() async throws -> Fixture {
        try await database.script(
            """
            CREATE TABLE accounts (id int8 PRIMARY KEY, owner text UNIQUE, balance int8 NOT NULL CHECK (balance >= 0));
            INSERT INTO accounts VALUES (1, 'one', 100), (2, 'two', 100);
            """)
        return self
    }

    func count(_ sql: String) async throws -> Int64 { try await database.query(Query(sql)).only().integer(0) }

    /// The process that serves the connection which answers.
    func process() async throws -> Int64 { try await count("SELECT pg_backend_pid()") }

    static let transfer: Query = "UPDATE accounts SET balance = balance - 10 WHERE id = 1"
}

/// What `body` throws, where that is an error of the database's.
func failure<R>(_ body: () async throws -> R) async throws -> DatabaseError? {
    do {
        _ = try await body()
        return nil
    } catch let error as DatabaseError {
        return error
    }
}
