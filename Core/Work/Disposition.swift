/// What became of one message of a batch: what settling it means.
enum Disposition: Sendable, Equatable {
    /// Its effect is committed, now or by an earlier delivery: publish what it caused.
    case done([Output])
    /// Not now: a copy goes to a delay, under the same id.
    case later(Duration?, attempt: Int, reason: String)
    /// Never: a copy goes to the dead letters.
    case dead(String)
    /// Neither done nor put off, because the process ends: left with the broker, which delivers it again.
    case left
}
