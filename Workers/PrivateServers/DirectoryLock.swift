internal import Foundation
internal import Glibc

/// The right to use a directory, held by one process at a time and given up when it ends, however it ends.
public final class DirectoryLock: Sendable {
    private let file: Int32

    private init(file: Int32) {
        self.file = file
    }

    deinit { close(file) }

    /// Takes the lock of a directory, which is made if it is missing.
    /// - Throws: ``ServerError`` that names the process which holds it.
    public static func take(_ directory: String) throws -> DirectoryLock {
        try Files.makeDirectory(directory)
        let path = directory + "/lock"
        let file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw ServerError("cannot open \(path): \(String(cString: strerror(errno)))") }
        guard flock(file, LOCK_EX | LOCK_NB) == 0 else {
            let holder = Files.number(in: path).map { " (process \($0))" } ?? ""
            close(file)
            throw ServerError("another sluice\(holder) is using \(directory): stop it first, or choose another with --directory")
        }
        let text = "\(getpid())\n"
        _ = ftruncate(file, 0)
        _ = pwrite(file, text, text.utf8.count, 0)
        return DirectoryLock(file: file)
    }
}
