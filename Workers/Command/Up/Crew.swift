internal import Foundation
internal import Glibc
internal import PrivateServers
internal import Synchronization

/// The processes that `sluice up` runs: each one alone, so that each can be killed alone; what dies is started again.
final class Crew: Sendable {
    /// A process of the crew.
    struct Member: Sendable {
        var name: String
        /// The command line after `sluice`.
        var arguments: [String]
        var environment: [String: String]
    }

    private struct Post {
        let member: Member
        var child: Child
        var startedAt = ContinuousClock.now
        var startAgainAt: ContinuousClock.Instant?
        /// Deaths in a row, each soon after its start.
        var deaths = 0
    }

    private struct State {
        var posts: [Post] = []
        var isStopping = false
        var restarts = 0
    }

    private let state = Mutex(State())
    private let program: String
    private let logs: String
    private let reporter: Reporter

    /// A log that is larger than this when its process is started is put aside; in bytes.
    private static let logLimit = 50_000_000
    private static let longestBackoff: Duration = .seconds(10)

    init(logs: String, reporter: Reporter) {
        program = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? CommandLine.arguments[0]
        self.logs = logs
        self.reporter = reporter
    }

    /// How often a process had to be started again.
    var restarts: Int { state.withLock { $0.restarts } }

    func start(_ member: Member) async throws {
        let child = try await launch(member)
        state.withLock { $0.posts.append(Post(member: member, child: child)) }
    }

    /// Starts again what ends, later and later if it keeps ending. Runs until it is cancelled.
    func keepAlive() async {
        while !Task.isCancelled {
            for member in due() {
                guard let child = try? await launch(member) else { continue }
                let isWanted = state.withLock { state in
                    guard !state.isStopping, let index = state.posts.firstIndex(where: { $0.member.name == member.name }) else {
                        return false
                    }
                    state.posts[index].child = child
                    state.posts[index].startedAt = .now
                    state.posts[index].startAgainAt = nil
                    state.restarts += 1
                    return true
                }
                if !isWanted { await child.end(within: .seconds(5)) }
            }
            try? await Task.sleep(for: .milliseconds(200))
        }
    }

    /// Notes who has ended, and returns whose time to start again has come.
    private func due() -> [Member] {
        let (due, news) = state.withLock { state -> ([Member], [String]) in
            if state.isStopping { return ([], []) }
            var news: [String] = []
            let now = ContinuousClock.now
            for index in state.posts.indices where state.posts[index].startAgainAt == nil {
                guard let ending = state.posts[index].child.ending else { continue }
                state.posts[index].deaths = now - state.posts[index].startedAt > .seconds(30) ? 1 : state.posts[index].deaths + 1
                let wait = min(.milliseconds(250) * (1 << min(state.posts[index].deaths - 1, 6)), Self.longestBackoff)
                state.posts[index].startAgainAt = now + wait
                news.append("\(state.posts[index].member.name) \(ending); it is started again")
            }
            return (state.posts.filter { $0.startAgainAt.map { $0 <= now } ?? false }.map(\.member), news)
        }
        for line in news { reporter.say("! " + line) }
        return due
    }

    /// - Throws: ``CommandError`` with the end of its log where a process can't be kept up.
    func check() throws {
        let failing = state.withLock { $0.posts.first { $0.deaths >= 4 && $0.child.ending != nil }?.member.name }
        guard let failing else { return }
        throw CommandError("\(failing) keeps ending; the end of \(log(of: failing)):\n\(tail(of: failing))")
    }

    /// Ends the processes, group by group in this order, and then the rest.
    func stop(_ order: [[String]]) async {
        let posts = state.withLock { state in
            state.isStopping = true
            return state.posts
        }
        var left = posts
        for names in order {
            let group = left.filter { names.contains($0.member.name) }
            left.removeAll { names.contains($0.member.name) }
            await end(group)
        }
        await end(left)
    }

    private func end(_ posts: [Post]) async {
        await withTaskGroup(of: Void.self) { group in
            for post in posts { group.addTask { await post.child.end(within: .seconds(25)) } }
        }
    }

    private func launch(_ member: Member) async throws -> Child {
        let log = log(of: member.name)
        if let size = try? FileManager.default.attributesOfItem(atPath: log)[.size] as? Int, size > Self.logLimit {
            rename(log, log + ".1")
        }
        return try await Child.start(
            Command(
                name: member.name, words: [program] + member.arguments, environment: member.environment, output: .file(log),
                hasLifeline: true))
    }

    private func log(of name: String) -> String { "\(logs)/\(name).log" }

    private func tail(of name: String) -> String {
        let bytes = FileManager.default.contents(atPath: log(of: name)) ?? Data()
        return String(decoding: bytes.suffix(4_000), as: UTF8.self).split(separator: "\n").suffix(8).joined(separator: "\n")
    }
}
