/// How long to wait before the next attempt to connect: doubles from try to try, with jitter, so that a thousand processes don't
/// come back at the same moment. Pure but for the dice.
struct Backoff {
    let shortest: Duration
    let longest: Duration
    private(set) var failures = 0

    init(shortest: Duration, longest: Duration) {
        self.shortest = shortest
        self.longest = longest
    }

    /// The wait after one more failure: between half and the whole of what the count of failures gives.
    mutating func next() -> Duration {
        var generator = SystemRandomNumberGenerator()
        return next(using: &generator)
    }

    mutating func next(using generator: inout some RandomNumberGenerator) -> Duration {
        let whole = min(longest, shortest * (1 << min(failures, 20)))
        failures += 1
        return whole * Double.random(in: 0.5...1, using: &generator)
    }

    mutating func reset() { failures = 0 }
}
