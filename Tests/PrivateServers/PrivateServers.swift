import Foundation
import PrivateServers
import Support
import Testing

@Suite struct PrivateServersTests {
    private func temporaryDirectory() -> String { "/tmp/sluice-private-\(UInt32.random(in: 0 ... .max))" }

    @Test func `both servers answer, keep their data over a restart, and leave no process, port or directory`() async throws {
        let directory = temporaryDirectory()
        let servers = try await PrivateServers.start(PrivateServers.Plan(directory: directory, isTemporary: true))
        let database = try #require(servers.database)
        let broker = try #require(servers.broker)
        #expect(Ports.isOpen(database.port) && Ports.isOpen(broker.port))
        try await database.execute("create table t (i int); insert into t values (7)")
        try await broker.control("eval", "rabbit_vhost:add(<<\"kept\">>, <<\"tests\">>).")

        await database.crash()
        await broker.crash()
        #expect(!Ports.isOpen(database.port) && !Ports.isOpen(broker.port))
        try await database.start()
        try await broker.start()
        #expect(try await database.execute("select i from t") == "7")
        #expect(try await broker.control("list_vhosts").contains("kept"))

        await servers.stop()
        #expect(!Ports.isOpen(database.port) && !Ports.isOpen(broker.port))
        #expect(Leftovers.find(in: directory).isEmpty)
        #expect(!FileManager.default.fileExists(atPath: directory))
    }

    @Test func `a directory is used by one process at a time`() throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let lock = try DirectoryLock.take(directory)
        let error = #expect(throws: ServerError.self) { try DirectoryLock.take(directory) }
        #expect(error?.message.contains("process \(ProcessInfo.processInfo.processIdentifier)") == true)
        withExtendedLifetime(lock) {}
    }

    @Test func `a port that somebody listens on is not free`() async throws {
        let port = freePort()
        #expect(Ports.range.contains(port) && Ports.isFree(port) && !Ports.isOpen(port))
    }
}

@Suite struct TestServersTests {
    @Test func `every test has an empty database and an empty virtual host of its own`() async throws {
        let databases = (try await TestServers.database(), try await TestServers.database())
        #expect(databases.0 != databases.1)
        try await PrivateDatabase.execute("create table t ()", at: databases.0)
        try await PrivateDatabase.execute("create table t ()", at: databases.1)
        let brokers = Set([try await TestServers.broker(), try await TestServers.broker()])
        #expect(brokers.count == 2)
    }
}
