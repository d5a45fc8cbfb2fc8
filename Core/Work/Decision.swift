/// What a message leads to: a word for the journal, what is written, and what it causes.
public struct Decision<Effect: Sendable>: Sendable {
    /// A word that says what became of the message: `placed`, `duplicate`, `late` … It stands in the journal and in metrics.
    public let outcome: String
    /// What ``Worker/save(_:)`` is to write; nil for nothing.
    public let effect: Effect?
    /// The messages that follow.
    public let causes: [Cause]

    public init(_ outcome: String, _ effect: Effect? = nil, causes: [Cause] = []) {
        self.outcome = outcome
        self.effect = effect
        self.causes = causes
    }
}
