internal import PrivateServers

/// Polls a condition until it holds.
/// - Parameters:
///   - limit: how long it may take.
///   - what: the condition in words, for the error.
/// - Throws: ``TookTooLong`` if it does not hold in time, and what the condition itself throws.
public func eventually(
    within limit: Duration = .seconds(20), _ what: String, _ condition: () async throws -> Bool
) async throws {
    let deadline = ContinuousClock.now + limit
    var pause = Duration.milliseconds(2)
    while try await !condition() {
        guard ContinuousClock.now < deadline else { throw TookTooLong(what: what, limit: limit) }
        try await Task.sleep(for: pause)
        pause = min(pause * 2, .milliseconds(100))
    }
}

/// A condition did not hold in time.
public struct TookTooLong: Error, CustomStringConvertible {
    public let what: String
    public let limit: Duration

    public var description: String { "not within \(limit): \(what)" }
}

/// A port of 127.0.0.1 on which nobody listens now, below 32768.
public func freePort() -> Int { Ports.free() }
