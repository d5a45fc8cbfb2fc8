internal import FoundationEssentials
internal import Glibc

/// Processor time by program, from `/proc`: what the broker, the database and the intake used.
struct ProcessorTimes: Sendable {
    /// Seconds by name.
    let seconds: [String: Double]

    /// - Parameter trees: names of processes, each counted with all its descendants.
    static func now(of trees: [Int32: String]) -> ProcessorTimes {
        var processes: [Int32: (parent: Int32, seconds: Double)] = [:]
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = Int32(entry), let data = FileManager.default.contents(atPath: "/proc/\(entry)/stat") else { continue }
            // pid (program) state parent …: the program's name may hold spaces and brackets.
            let stat = String(decoding: data, as: UTF8.self)
            guard let close = stat.lastIndex(of: ")") else { continue }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            guard fields.count > 12, let parent = Int32(fields[1]), let user = Double(fields[11]), let system = Double(fields[12]) else {
                continue
            }
            processes[id] = (parent, (user + system) / ticks)
        }
        var seconds: [String: Double] = [:]
        for (id, process) in processes {
            var ancestor = id
            while trees[ancestor] == nil, let parent = processes[ancestor]?.parent, parent > 0 { ancestor = parent }
            if let name = trees[ancestor] { seconds[name, default: 0] += process.seconds }
        }
        return ProcessorTimes(seconds: seconds)
    }

    /// What was used since an earlier reading.
    func since(_ earlier: ProcessorTimes) -> [String: Double] {
        seconds.reduce(into: [:]) { $0[$1.key] = max(0, $1.value - (earlier.seconds[$1.key] ?? 0)) }
    }
}
