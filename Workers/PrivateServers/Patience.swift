/// Waiting for a server to answer.
enum Patience {
    /// Polls `isReady` until it is, for at most `limit`.
    /// - Throws: ``ServerError`` with the end of the server's log if it ended, or was not ready in time.
    static func wait(
        _ limit: Duration, for name: String, child: Child, log: String, until isReady: () async throws -> Bool
    ) async throws {
        let deadline = ContinuousClock.now + limit
        while true {
            if let ending = child.ending { throw ServerError("\(name) \(ending); the end of \(log):\n\(Files.tail(of: log))") }
            if try await isReady() { return }
            guard ContinuousClock.now < deadline else {
                throw ServerError("\(name) did not answer within \(limit); the end of \(log):\n\(Files.tail(of: log))")
            }
            try await Task.sleep(for: .milliseconds(50))
        }
    }
}
