internal import Foundation

/// What processes have used, as `/proc` has it.
struct ProcessUsage: Sendable {
    /// Processor time, user and system, in seconds.
    var processor = 0.0
    /// The most resident memory, in bytes: added up over the processes.
    var memory = 0

    /// Of a process and all its descendants.
    static func of(tree root: Int32) -> ProcessUsage {
        var parents: [Int32: [Int32]] = [:]
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let process = Int32(entry), let fields = stat(of: process) else { continue }
            parents[Int32(fields[1]) ?? 0, default: []].append(process)
        }
        var usage = ProcessUsage()
        var next = [root]
        while let process = next.popLast() {
            usage.add(process)
            next += parents[process] ?? []
        }
        return usage
    }

    private mutating func add(_ process: Int32) {
        guard let fields = Self.stat(of: process) else { return }
        // Fields 14 to 17 of proc(5): user and system time, its own and that of children which have ended. The list here begins
        // with field 3. A tick is 10 ms on Linux.
        processor += fields[11...14].reduce(0) { $0 + (Double($1) ?? 0) } / 100
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        for line in status.split(separator: "\n") where line.hasPrefix("VmHWM:") {
            memory += (line.split { !$0.isNumber }.first.flatMap { Int($0) } ?? 0) * 1024
        }
    }

    /// The fields of `/proc/PID/stat` from the third on: after the name, which may hold anything.
    private static func stat(of process: Int32) -> [Substring]? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        return fields.count > 20 ? fields : nil
    }
}
