import FoundationEssentials
import Glibc

/// Files that only their owner may read: keys, and the journal of what was charged.
enum PrivateFile {
    /// Makes a directory and its parents.
    static func makeDirectory(_ path: String) throws(SandboxError) {
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw SandboxError("the directory \(path) can't be made: \(error)")
        }
    }

    /// The bytes of a file, or nil where it can't be read.
    static func read(_ path: String) -> [UInt8]? {
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        return Array(data)
    }

    /// Puts a file in place whole, unless there is one already.
    /// - Returns: whether it was put in place.
    static func create(_ path: String, _ bytes: [UInt8]) throws(SandboxError) -> Bool {
        let draft = try write(bytes, beside: path)
        defer { unlink(draft) }
        if link(draft, path) == 0 { return true }
        guard errno == EEXIST else { throw SandboxError("\(path) can't be made: \(String(cString: strerror(errno)))") }
        return false
    }

    /// Puts a file in place whole, over the one that may be there.
    static func replace(_ path: String, _ bytes: [UInt8]) throws(SandboxError) {
        let draft = try write(bytes, beside: path)
        guard rename(draft, path) == 0 else {
            let problem = String(cString: strerror(errno))
            unlink(draft)
            throw SandboxError("\(path) can't be replaced: \(problem)")
        }
    }

    /// Opens a file to append to.
    static func append(_ path: String) throws(SandboxError) -> CInt {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SandboxError("\(path) can't be opened: \(String(cString: strerror(errno)))") }
        return descriptor
    }

    private static func write(_ bytes: [UInt8], beside path: String) throws(SandboxError) -> String {
        let draft = "\(path).\(getpid()).\(UInt32.random(in: 0 ... .max))"
        let descriptor = open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw SandboxError("\(draft) can't be made: \(String(cString: strerror(errno)))") }
        defer { close(descriptor) }
        guard writeAll(descriptor, bytes) else { throw SandboxError("\(draft) can't be written: \(String(cString: strerror(errno)))") }
        return draft
    }

    /// Writes all the bytes.
    /// - Returns: whether that worked; `errno` says why not.
    static func writeAll(_ descriptor: CInt, _ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { buffer in
            var written = 0
            while written < buffer.count {
                let count = Glibc.write(descriptor, buffer.baseAddress! + written, buffer.count - written)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return false }
                written += count
            }
            return true
        }
    }
}
