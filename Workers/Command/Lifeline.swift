internal import Foundation
internal import Glibc
internal import PrivateServers

/// Ends this process with the one that started it, if that one holds the other end of a pipe on our standard input.
enum Lifeline {
    /// How long work in hand may take to finish once the pipe has ended.
    private static let patience: UInt32 = 20

    /// Watches the pipe, on a thread of its own, if there is one.
    static func watch() {
        guard getenv(Child.lifelineMark) != nil else { return }
        // Our own children have lifelines of their own, or none.
        unsetenv(Child.lifelineMark)
        let parent = getppid()
        Thread.detachNewThread {
            var byte: UInt8 = 0
            while true {
                let count = read(STDIN_FILENO, &byte, 1)
                if count == 0 || count < 0 && errno != EINTR { break }
            }
            kill(getpid(), SIGTERM)
            // With the parent the servers are gone: there is nothing to finish with.
            sleep(getppid() == parent ? patience : 3)
            _exit(1)
        }
    }
}
