internal import Foundation
internal import Glibc

/// Small files, written whole or not at all.
enum Files {
    static func read(_ path: String) -> [UInt8]? {
        (try? Data(contentsOf: URL(fileURLWithPath: path))).map { [UInt8]($0) }
    }

    /// Replaces the file in one step: a reader, and a machine that stops now, see the old text or the new one.
    static func write(_ text: String, to path: String, mode: mode_t = 0o600) throws(ServerError) {
        let next = path + ".next"
        unlink(next)
        let file = open(next, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard file >= 0 else { throw ServerError("cannot write \(next): \(String(cString: strerror(errno)))") }
        defer { close(file) }
        var bytes = ArraySlice(text.utf8)
        while !bytes.isEmpty {
            let count = bytes.withUnsafeBytes { Glibc.write(file, $0.baseAddress, $0.count) }
            guard count > 0 else { throw ServerError("cannot write \(next): \(String(cString: strerror(errno)))") }
            bytes = bytes.dropFirst(count)
        }
        guard fchmod(file, mode) == 0, rename(next, path) == 0 else {
            throw ServerError("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }

    /// Makes a directory, with those above it that are missing. What is there already stays as it is.
    /// - Throws: ``ServerError`` if it cannot be made, is no directory, or belongs to somebody else.
    static func makeDirectory(_ path: String, mode: mode_t = 0o711) throws(ServerError) {
        if mkdir(path, mode) == 0 {
            // Whatever the caller's mask: the servers' accounts must get through.
            chmod(path, mode)
        } else if errno == ENOENT, let slash = path.lastIndex(of: "/"), slash > path.startIndex {
            try makeDirectory(String(path[..<slash]), mode: mode)
            return try makeDirectory(path, mode: mode)
        } else if errno != EEXIST {
            throw ServerError("cannot make the directory \(path): \(String(cString: strerror(errno)))")
        }
        var status = Glibc.stat()
        guard stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFDIR else { throw ServerError("\(path) is not a directory") }
        guard status.st_uid == geteuid() else {
            let owner = getpwuid(status.st_uid).map { String(cString: $0.pointee.pw_name) } ?? "user \(status.st_uid)"
            throw ServerError("\(path) belongs to \(owner): run as \(owner), remove it, or choose another with --directory")
        }
    }

    /// The last lines of a log, for an error that says why a server did not start.
    static func tail(of path: String, lines: Int = 12) -> String {
        let bytes = read(path) ?? []
        let text = String(decoding: bytes.suffix(8_192), as: UTF8.self)
        return text.split(separator: "\n").suffix(lines).joined(separator: "\n")
    }

    /// The number that a file holds, a process id mostly.
    static func number(in path: String) -> Int32? {
        read(path).flatMap { Int32(String(decoding: $0, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)) }
    }

    static func remove(_ path: String) {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Random letters and digits, unguessable: a password.
    static func secret(length: Int = 32) -> String {
        // On Linux the default generator is the kernel's.
        let letters = Array("abcdefghijkmnopqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        return String((0..<length).map { _ in letters.randomElement() ?? "x" })
    }
}
