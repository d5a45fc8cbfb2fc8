import Glibc
import JSON
import Logging
import Synchronization

/// What happened, a JSON text a line, appended before it is answered: a sandbox that is killed and started again has charged whom it
/// charged, and goes on with what was under way.
///
/// Written to the page cache and not synced: it is to survive the process, not the machine.
final class Journal: Sendable {
    private let descriptor: CInt
    private let logger: Logger
    private let failed = Mutex(false)

    /// How much of an earlier journal is read, in bytes; a larger one is put aside as `journal.old`.
    private static let sizeLimit = 512 << 20

    /// Opens the journal of a directory and gives every entry of an earlier one to `replay`, oldest first.
    init(directory: String, logger: Logger, replay: (JSONObject, String) -> Void) throws(SandboxError) {
        let path = directory + "/journal"
        var status = stat()
        if stat(path, &status) == 0, status.st_size > Self.sizeLimit {
            logger.warning("the journal is too large to go on with", metadata: ["put aside as": "\(path).old"])
            rename(path, path + ".old")
        }
        var isCut = false
        if let bytes = PrivateFile.read(path) {
            for line in bytes.split(separator: UInt8(ascii: "\n")) {
                // A line that a kill cut in half is as if it had not been written: it was not answered.
                guard var entry = try? JSONObject(parsing: Array(line)), let kind = try? entry.string("kind") else { continue }
                replay(entry, kind)
            }
            isCut = bytes.last.map { $0 != UInt8(ascii: "\n") } ?? false
        }
        descriptor = try PrivateFile.append(path)
        self.logger = logger
        if isCut { _ = PrivateFile.writeAll(descriptor, [UInt8(ascii: "\n")]) }
    }

    deinit { close(descriptor) }

    /// Appends an entry, whose `kind` says how to read it.
    func write(_ kind: String, _ content: (inout JSONWriter) -> Void) {
        var line = JSONWriter.object { json in
            json.member("kind", kind)
            content(&json)
        }
        line.append(UInt8(ascii: "\n"))
        // One write with O_APPEND, so lines of two threads don't mix.
        guard !PrivateFile.writeAll(descriptor, line) else { return }
        let isFirst = failed.withLock { failed in
            defer { failed = true }
            return !failed
        }
        if isFirst { logger.error("the journal can't be written", metadata: ["error": "\(String(cString: strerror(errno)))"]) }
    }
}
