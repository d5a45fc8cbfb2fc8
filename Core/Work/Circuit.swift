/// Whether an outside party is called or spared: opens after several failures in a row, and lets one message through now
/// and then to see whether the party is back. Pure: the time is given.
struct Circuit: Sendable {
    typealias Instant = ContinuousClock.Instant

    /// How many failures in a row open it.
    static let threshold = 5
    /// How long it stays open at first; doubled by every failed probe.
    static let firstPause: Duration = .seconds(1)
    static let longestPause: Duration = .seconds(30)

    private var failures = 0
    private var pause = Circuit.firstPause
    private var openUntil: Instant?
    private var isProbing = false

    var isOpen: Bool { openUntil != nil }

    /// How long a message for the party has to wait; nil if it may go now. Once the pause is over, one message goes: the probe.
    mutating func admit(at now: Instant) -> Duration? {
        guard let openUntil else { return nil }
        if now < openUntil { return openUntil - now }
        if isProbing { return pause }
        isProbing = true
        return nil
    }

    /// The party answered, whatever it said. Returns whether that closed the circuit.
    mutating func succeeded() -> Bool {
        let wasOpen = isOpen
        self = Circuit()
        return wasOpen
    }

    /// The party was away. Returns whether that opened the circuit.
    mutating func failed(at now: Instant) -> Bool {
        failures += 1
        if isProbing {
            isProbing = false
            pause = min(pause * 2, Self.longestPause)
            openUntil = now + pause
            return false
        }
        guard openUntil == nil, failures >= Self.threshold else { return false }
        openUntil = now + pause
        return true
    }
}

/// The circuits of the parties that a worker calls.
struct Circuits: Sendable {
    /// How many parties are remembered at most: those that failed last.
    static let limit = 10_000
    private var circuits: [String: Circuit] = [:]

    mutating func admit(_ party: String, at now: Circuit.Instant) -> Duration? {
        circuits[party]?.admit(at: now)
    }

    /// Returns whether the party is back after it was away.
    mutating func succeeded(_ party: String) -> Bool {
        circuits.removeValue(forKey: party)?.isOpen ?? false
    }

    /// Returns whether the party counts as away from now on.
    mutating func failed(_ party: String, at now: Circuit.Instant) -> Bool {
        if circuits[party] == nil, circuits.count >= Self.limit { circuits.removeAll() }
        return circuits[party, default: Circuit()].failed(at: now)
    }
}
