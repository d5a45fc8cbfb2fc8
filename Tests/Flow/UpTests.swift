import Foundation
import Glibc
import PrivateServers
import Support
import Testing

/// `sluice up` as whoever clones the repository meets it.
@Suite(.serialized) struct UpTests {
    private static let program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")).map {
        URL(fileURLWithPath: $0).deletingLastPathComponent().path + "/sluice"
    }

    private func up(_ directory: String, _ arguments: String...) async throws -> Child {
        var environment = Command.plainEnvironment
        environment["HOME"] = directory
        let words = [try #require(Self.program), "up", "--directory", directory] + arguments
        return try await Child.start(Command(name: "up", words: words, environment: environment, output: .file(directory + "/out")))
    }

    private func said(_ directory: String) -> String { (try? String(contentsOfFile: directory + "/out", encoding: .utf8)) ?? "" }

    private func directory() throws -> String {
        let path = "/tmp/sluice-up-\(UInt32.random(in: 0 ... .max))"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    /// The ports of the servers that were started in the directory.
    private func ports(_ directory: String) throws -> [Int] {
        let text = try String(contentsOfFile: directory + "/servers.json", encoding: .utf8)
        return text.matches(of: /"(?:port|distribution|names)" : (\d+)/).compactMap { Int($0.1) }.filter { $0 > 0 }
    }

    @Test func `a demo places orders, follows each to its end, audits, exits 0 and leaves no process and no port`() async throws {
        let directory = try directory()
        let child = try await up(directory, "--demo", "40", "--json")
        let ending = await child.ending(within: .seconds(300))
        #expect(ending == .exited(0), "\(said(directory).suffix(2_000))")
        #expect(said(directory).contains("\"is_right\":true"))
        #expect(Leftovers.find(in: directory).isEmpty)
        for port in try ports(directory) { #expect(!Ports.isOpen(port)) }
        child.signal(SIGKILL)
        try FileManager.default.removeItem(atPath: directory)
    }

    @Test func `killed with SIGKILL it leaves no process, and the next start goes on with its data`() async throws {
        let directory = try directory()
        var child = try await up(directory, "--rate", "5", "--json")
        try await eventually(within: .seconds(120), "it is up") { said(directory).contains("\"event\":\"ready\"") }
        child.signal(SIGKILL)
        _ = await child.ending(within: .seconds(10))
        try await eventually(within: .seconds(60), "everything has ended") { Leftovers.find(in: directory).isEmpty }
        for port in try ports(directory) { #expect(!Ports.isOpen(port)) }

        try FileManager.default.removeItem(atPath: directory + "/out")
        child = try await up(directory, "--rate", "0", "--json")
        try await eventually(within: .seconds(120), "it is up again") { said(directory).contains("\"event\":\"ready\"") }
        #expect(!said(directory).contains("applied"))
        child.signal(SIGINT)
        #expect(await child.ending(within: .seconds(60)) == .exited(0))
        #expect(Leftovers.find(in: directory).isEmpty)
        try FileManager.default.removeItem(atPath: directory)
    }
}
