/// How long to wait before the next try of what everyone waits for: doubled each time, with jitter, up to a bound.
struct Pause: Sendable {
    private var next: Duration
    private let longest: Duration

    init(first: Duration = .milliseconds(50), longest: Duration = .seconds(5)) {
        next = first
        self.longest = longest
    }

    /// The pause to make now.
    mutating func take() -> Duration {
        defer { next = min(next * 2, longest) }
        return next * Double.random(in: 0.75...1.25)
    }
}
