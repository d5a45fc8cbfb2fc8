internal import FoundationEssentials
internal import Glibc

/// Processor time by program, from `/proc`: what the broker, the database and the intake used.
struct ProcessorTimes: Sendable {
    /// Seconds by name.
    let seconds: [String: Double]

    /// - Parameter named: names for processes of ours, by process id; others are counted under their program's name where
    ///   it is one of `programs`.
    static func now(named: [Int32: String], programs: [String: String]) -> ProcessorTimes {
        var seconds: [String: Double] = [:]
        let ticks = Double(sysconf(Int32(_SC_CLK_TCK)))
        for entry in (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? [] {
            guard let id = Int32(entry), let data = FileManager.default.contents(atPath: "/proc/\(entry)/stat") else { continue }
            // pid (program) state ppid …: the program's name may hold spaces and brackets.
            let stat = String(decoding: data, as: UTF8.self)
            guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")") else { continue }
            let program = String(stat[stat.index(after: open)..<close])
            guard let name = named[id] ?? programs[program] else { continue }
            let fields = stat[stat.index(after: close)...].split(separator: " ")
            guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { continue }
            seconds[name, default: 0] += (user + system) / ticks
        }
        return ProcessorTimes(seconds: seconds)
    }

    /// What was used since an earlier reading.
    func since(_ earlier: ProcessorTimes) -> [String: Double] {
        seconds.reduce(into: [:]) { $0[$1.key] = max(0, $1.value - (earlier.seconds[$1.key] ?? 0)) }
    }
}
