internal import Foundation
internal import Glibc

/// The file in which a running `sluice up` leaves what its processes were started with, so that other commands find its
/// servers: `NAME=value` lines, readable by its owner only.
enum EnvironmentFile {
    static func path(in directory: String) -> String { directory + "/environment" }

    static func write(_ environment: [String: String], in directory: String) throws {
        let text = environment.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)\n" }.joined()
        let path = path(in: directory)
        unlink(path)
        let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw CommandError("cannot write \(path): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        guard Glibc.write(file, text, text.utf8.count) == text.utf8.count else { throw CommandError("cannot write \(path)") }
    }

    static func remove(in directory: String) {
        unlink(path(in: directory))
    }

    /// The variables of a `sluice up` that runs, or ran, in `.sluice` of this directory or of the one this executable was built in.
    static func find() -> [String: String]? {
        let executable = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        let checkout = executable.range(of: "/.build/").map { String(executable[..<$0.lowerBound]) }
        for directory in [FileManager.default.currentDirectoryPath, checkout].compactMap({ $0 }) {
            guard let text = try? String(contentsOfFile: path(in: directory + "/.sluice"), encoding: .utf8) else { continue }
            let pairs = text.split(separator: "\n").compactMap { line -> (String, String)? in
                let parts = line.split(separator: "=", maxSplits: 1)
                return parts.count == 2 ? (String(parts[0]), String(parts[1])) : nil
            }
            return Dictionary(pairs) { $1 }
        }
        return nil
    }
}
