import JSON

/// Somebody outside, who answers calls.
protocol Party: Sendable {
    /// Answers a call. Nothing in here waits: what takes time goes on the agenda.
    func answer(_ call: Call) -> Reply
    /// How this party says that it is out of order, or that it is called too often.
    func trouble(_ trouble: Trouble) -> Reply
    /// Writes what it has seen, for `GET /_sandbox/state`.
    func report(_ json: inout JSONWriter)
}

/// What may be wrong with a whole party.
enum Trouble: Sendable {
    /// An error of its own, 500.
    case broken
    /// Too many calls, 429.
    case busy
}

/// The parties, as they are called in paths, faults and the state.
enum PartyName: String, CaseIterable, Sendable {
    case wechat, kuaidi100, aliyun, merchant, storefront
}
