internal import Foundation
internal import Glibc

/// Processes of an earlier start that outlived it.
///
/// Everything started in a directory carries that directory in its environment. The kernel shows a process's own
/// environment under `/proc`, so nothing needs to be written down, and no process of somebody else's, or of a number
/// used again, can be taken for one of ours.
public enum Leftovers {
    /// The variable that says whose a process is.
    public static let mark = "SLUICE_PRIVATE_DIRECTORY"

    /// The processes that were started in `directory` and still run.
    public static func find(in directory: String) -> [Int32] {
        let entry = Array("\(mark)=\(directory)".utf8)
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            guard process != getpid(), let environment = Files.read("/proc/\(process)/environ") else { return false }
            return environment.split(separator: 0).contains { $0.elementsEqual(entry) }
        }
    }

    /// Ends the processes that were started in `directory`: asks first, kills those that still run after `patience`.
    /// - Returns: how many there were.
    @discardableResult
    public static func clear(in directory: String, patience: Duration = .seconds(15)) async -> Int {
        let found = find(in: directory)
        if found.isEmpty { return 0 }
        for process in found { kill(process, isPostgres(process) ? SIGINT : SIGTERM) }
        let deadline = ContinuousClock.now + patience
        while true {
            let left = find(in: directory)
            if left.isEmpty { return found.count }
            if ContinuousClock.now > deadline { for process in left { kill(process, SIGKILL) } }
            usleep(50_000)
        }
    }

    /// The processes that `parent` started itself.
    static func children(of parent: Int32) -> [Int32] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.filter { process in
            // "pid (name) state parent …": the name may hold anything, so it is skipped from behind.
            guard let line = Files.read("/proc/\(process)/stat"), let end = line.lastIndex(of: UInt8(ascii: ")")) else { return false }
            let fields = String(decoding: line[(end + 1)...], as: UTF8.self).split(separator: " ")
            return fields.count > 1 && Int32(fields[1]) == parent
        }
    }

    /// PostgreSQL waits for its clients on SIGTERM, and sends them away on SIGINT.
    private static func isPostgres(_ process: Int32) -> Bool {
        Files.read("/proc/\(process)/comm").map { String(decoding: $0, as: UTF8.self) } == "postgres\n"
    }
}
