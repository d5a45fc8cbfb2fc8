import Foundation
import Glibc
import PrivateServers
import Synchronization

/// The processes of Sluice, each one alone; they are killed and started again as a test wants.
final class Troupe: Sendable {
    private struct Place {
        let arguments: [String]
        var child: Child?
    }

    private struct State {
        var places: [String: Place] = [:]
        var isClosed = false
        var kills = 0
    }

    private let state = Mutex(State())
    private let program: String
    private let directory: String
    private let environment: [String: String]

    /// - Parameters:
    ///   - directory: where logs go; what is started carries it, so that what is left over can be found.
    ///   - settings: the variables that begin with `SLUICE_`.
    init(directory: String, settings: [String: String]) {
        let test = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        program = URL(fileURLWithPath: test).deletingLastPathComponent().path + "/sluice"
        self.directory = directory
        var environment = Command.plainEnvironment.merging(settings) { $1 }
        for name in ["PATH", "HOME", "TZ"] { environment[name] = ProcessInfo.processInfo.environment[name] ?? environment[name] }
        environment[Leftovers.mark] = directory
        self.environment = environment
    }

    /// How many processes were killed.
    var kills: Int { state.withLock { $0.kills } }

    /// Starts a process that stays until it is killed.
    func start(_ name: String, _ arguments: [String]) async throws {
        state.withLock { $0.places[name] = Place(arguments: arguments) }
        try await start(name)
    }

    private func start(_ name: String) async throws {
        guard let arguments = state.withLock({ $0.isClosed ? nil : $0.places[name]?.arguments }) else { return }
        let child = try await Child.start(command(name, arguments, output: .file("\(directory)/\(name).log")))
        let isWanted = state.withLock { state in
            if !state.isClosed { state.places[name]?.child = child }
            return !state.isClosed
        }
        if !isWanted { child.signal(SIGKILL) }
    }

    /// Kills a process with SIGKILL and starts it again.
    func kill(_ name: String) async throws {
        let child = state.withLock { $0.places[name]?.child }
        guard let child else { return }
        // One that ended by itself is a failure, which `check` reports.
        guard child.ending == nil else { return }
        child.signal(SIGKILL)
        guard await child.ending(within: .seconds(10)) == .killed(signal: SIGKILL) else { throw Ended(name: name, log: tail(name)) }
        state.withLock { $0.kills += 1 }
        try await start(name)
    }

    /// - Throws: where a process has ended by itself.
    func check() throws {
        let ended = state.withLock { state in
            state.places.first { $0.value.child?.ending.map { $0 != .killed(signal: SIGKILL) } ?? false }?.key
        }
        if let ended { throw Ended(name: ended, log: tail(ended)) }
    }

    /// Runs a command to its end.
    /// - Returns: its exit code and what it wrote.
    func run(_ arguments: [String]) async throws -> (code: Int32, output: String) {
        let (ending, output) = try await Child.run(command(arguments[0], arguments, output: .captured), limit: .seconds(120))
        guard case .exited(let code) = ending else { throw Ended(name: arguments[0], log: output) }
        return (code, output)
    }

    /// Ends everything.
    func close() async {
        let children = state.withLock { state in
            state.isClosed = true
            return state.places.values.compactMap(\.child)
        }
        await withTaskGroup(of: Void.self) { group in
            for child in children { group.addTask { await child.end(within: .seconds(10)) } }
        }
        await Leftovers.clear(in: directory, patience: .seconds(5))
    }

    private func command(_ name: String, _ arguments: [String], output: Command.Output) -> Command {
        Command(name: name, words: [program] + arguments, environment: environment, output: output, hasLifeline: true)
    }

    private func tail(_ name: String) -> String {
        let bytes = FileManager.default.contents(atPath: "\(directory)/\(name).log") ?? Data()
        return String(decoding: bytes.suffix(4_000), as: UTF8.self)
    }

    /// A process ended that nobody had killed.
    struct Ended: Error, CustomStringConvertible {
        let name: String
        let log: String

        var description: String { "\(name) ended by itself; the end of its log:\n\(log)" }
    }
}
