/// Why a message is not done now, and what is to become of it.
public enum Setback: Error, Sendable, Equatable {
    /// Something failed that may pass: tried again after the ladder's next delay, or after the given time. Costs an attempt.
    case retry(after: Duration?, String)
    /// Too early: looked at again after the given time. Costs no attempt, so the worker bounds it by the message's age.
    case wait(Duration, String)
    /// Will never succeed: a dead letter, with this reason.
    case dead(String)
    /// An outside party is away for everyone. Counts towards the party's circuit; costs no attempt.
    case away(party: String, String)
}
