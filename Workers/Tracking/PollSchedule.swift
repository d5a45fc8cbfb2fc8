/// When a courier is asked about a parcel that it does not tell of: after ever longer times.
struct PollSchedule: Sendable, Equatable {
    /// The time before the first poll. Kuaidi100 wants 30 minutes or more between two of one parcel.
    var first: Duration = .seconds(3600)
    /// The longest time between two.
    var longest: Duration = .seconds(12 * 3600)
    /// How often a courier is asked about one parcel; then somebody has to look. The default comes to two months.
    var limit: Int64 = 120

    /// The time before a poll, counted from 1: doubled from one to the next.
    func delay(before poll: Int64) -> Duration {
        var delay = first
        for _ in 1..<max(2, min(poll, 40)) where poll > 1 && delay < longest { delay *= 2 }
        return min(delay, longest)
    }
}
