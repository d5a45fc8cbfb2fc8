internal import CLinux
internal import Foundation
internal import Glibc
internal import Synchronization

/// A process started by this one.
///
/// Each child has a thread that starts it and then waits for it: a parent-death signal (`PR_SET_PDEATHSIG`) is tied to
/// the *thread* that started the child, so that thread must live as long as the child does. Children run in sessions of
/// their own: a Ctrl-C on the terminal reaches this process only, which then ends them in order.
public final class Child: Sendable {
    /// How a process ended.
    public enum Ending: Sendable, Equatable, CustomStringConvertible {
        case exited(Int32)
        case killed(signal: Int32)

        public var description: String {
            switch self {
            case .exited(let code): "exited with code \(code)"
            case .killed(let signal): "was killed by signal \(signal)"
            }
        }
    }

    /// The variable that tells a program that its standard input is a lifeline.
    public static let lifelineMark = "SLUICE_PRIVATE_LIFELINE"

    private struct State {
        var ending: Ending?
        var output: [UInt8] = []
        var lifeline: Int32?
    }

    public let name: String
    public let processID: Int32
    private let state: Mutex<State>

    private init(name: String, processID: Int32, lifeline: Int32?) {
        self.name = name
        self.processID = processID
        state = Mutex(State(lifeline: lifeline))
    }

    /// Starts the program.
    /// - Throws: ``ServerError`` if it cannot be started.
    public static func start(_ command: Command) async throws -> Child {
        try await withCheckedThrowingContinuation { continuation in
            let thread = Thread {
                do {
                    let (child, output) = try spawn(command)
                    continuation.resume(returning: child)
                    child.wait(reading: output)
                } catch {
                    continuation.resume(throwing: error)
                }
            }
            thread.stackSize = 512 * 1024
            thread.start()
        }
    }

    /// Runs the program to its end, killing it after `limit`.
    /// - Returns: how it ended and what it wrote, if its output is captured.
    public static func run(_ command: Command, limit: Duration = .seconds(60)) async throws -> (ending: Ending, output: String) {
        let child = try await start(command)
        guard let ending = await child.ending(within: limit) else {
            child.signal(SIGKILL)
            throw ServerError("\(command.name) had not ended after \(limit): \(command.words.joined(separator: " "))")
        }
        return (ending, child.state.withLock { String(decoding: $0.output, as: UTF8.self) })
    }

    /// How the process ended, or nil while it runs.
    public var ending: Ending? { state.withLock { $0.ending } }

    /// Waits for the process to end, at most `limit`.
    /// - Returns: nil if it still runs.
    public func ending(within limit: Duration) async -> Ending? {
        let deadline = ContinuousClock.now + limit
        while true {
            if let ending { return ending }
            if ContinuousClock.now >= deadline { return nil }
            // A cancelled sleep returns at once; the wait goes on, at the price of some turns of this loop.
            do { try await Task.sleep(for: .milliseconds(10)) } catch { usleep(10_000) }
        }
    }

    /// Sends a signal, unless the process has ended.
    public func signal(_ number: Int32) {
        state.withLock { state in
            // Under the lock that the ending is noted in: the number cannot have been given to another process yet.
            if state.ending == nil { kill(processID, number) }
        }
    }

    /// Asks the process to end (by ending its lifeline where it has one, by `signal`, TERM unless another is given, otherwise), waits, and kills it if
    /// it has not ended after `limit`.
    @discardableResult
    public func end(asking signal: Int32 = 15, within limit: Duration = .seconds(15)) async -> Ending {
        if !cutLifeline() { self.signal(signal) }
        if let ending = await ending(within: limit) { return ending }
        self.signal(SIGKILL)
        return await ending(within: .seconds(5)) ?? .killed(signal: SIGKILL)
    }

    /// Ends the child's standard input without waiting for anything.
    /// - Returns: whether there was one to end.
    @discardableResult
    public func cutLifeline() -> Bool {
        state.withLock { state in
            guard let lifeline = state.lifeline else { return false }
            close(lifeline)
            state.lifeline = nil
            return true
        }
    }

    private func wait(reading output: Int32?) {
        if let output { readAll(output) }
        // WNOWAIT first: the process stays a zombie, and its number taken, until the ending is noted.
        var info = siginfo_t()
        while waitid(P_PID, id_t(processID), &info, WEXITED | WNOWAIT) == -1, errno == EINTR {}
        state.withLock { state in
            var status: Int32 = 0
            while waitpid(processID, &status, 0) == -1, errno == EINTR {}
            let signal = status & 0x7f
            state.ending = signal == 0 ? .exited((status >> 8) & 0xff) : .killed(signal: signal)
            if let lifeline = state.lifeline { close(lifeline) }
            state.lifeline = nil
        }
    }

    private func readAll(_ descriptor: Int32) {
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            if count <= 0 { break }
            state.withLock { if $0.output.count < 1 << 20 { $0.output.append(contentsOf: buffer[..<count]) } }
        }
        close(descriptor)
    }
}

extension Child {
    /// Starts the process on the calling thread.
    /// - Returns: the child, and the descriptor to read its output from if that is captured.
    private static func spawn(_ command: Command) throws(ServerError) -> (Child, Int32?) {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        var lifeline: (read: Int32, write: Int32)?
        var captured: (read: Int32, write: Int32)?

        if command.hasLifeline {
            let pipe = try Child.pipe()
            lifeline = pipe
            posix_spawn_file_actions_adddup2(&actions, pipe.read, STDIN_FILENO)
        } else {
            posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        }
        switch command.output {
        case .inherited: break
        case .file(let path):
            posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, path, O_WRONLY | O_CREAT | O_APPEND, 0o640)
            posix_spawn_file_actions_adddup2(&actions, STDOUT_FILENO, STDERR_FILENO)
        case .captured:
            let pipe = try Child.pipe()
            captured = pipe
            posix_spawn_file_actions_adddup2(&actions, pipe.write, STDOUT_FILENO)
            posix_spawn_file_actions_adddup2(&actions, pipe.write, STDERR_FILENO)
        }

        var processID: pid_t = 0
        let result = posixSpawn(command, &actions, &processID)
        if let lifeline { close(lifeline.read) }
        if let captured { close(captured.write) }
        guard result == 0 else {
            if let lifeline { close(lifeline.write) }
            if let captured { close(captured.read) }
            throw ServerError("cannot start \(command.words.first ?? command.name): \(String(cString: strerror(result)))")
        }
        return (Child(name: command.name, processID: processID, lifeline: lifeline?.write), captured?.read)
    }

    private static func posixSpawn(
        _ command: Command, _ actions: inout posix_spawn_file_actions_t, _ processID: inout pid_t
    ) -> Int32 {
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        // What this process ignores or blocks must not be ignored or blocked by its children.
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigdefault(&attributes, &all)
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        let flags = Int32(POSIX_SPAWN_SETSIGDEF) | Int32(POSIX_SPAWN_SETSIGMASK) | Int32(SLUICE_SPAWN_SETSID)
        posix_spawnattr_setflags(&attributes, Int16(flags))

        var marked = command.environment
        marked[lifelineMark] = command.hasLifeline ? "1" : nil
        var arguments: [UnsafeMutablePointer<CChar>?] = command.words.map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] = marked.map { strdup("\($0.key)=\($0.value)") } + [nil]
        defer { for pointer in arguments + environment { free(pointer) } }
        return posix_spawn(&processID, command.words[0], &actions, &attributes, &arguments, &environment)
    }

    /// A pipe whose ends other children do not inherit.
    private static func pipe() throws(ServerError) -> (read: Int32, write: Int32) {
        var ends: [Int32] = [-1, -1]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw ServerError("no pipe: \(String(cString: strerror(errno)))") }
        return (ends[0], ends[1])
    }
}
