/// How long everybody in the world outside takes. Real intervals are shortened, their order of size is kept.
public struct SandboxDelays: Sendable {
    /// How long a buyer takes to pay.
    public var payment: Duration
    /// How long after the expiry a late buyer's money arrives.
    public var lateness: Duration
    /// How long a refund is under way.
    public var refund: Duration
    /// The gaps between a payment notification that wasn't taken and the next; really 15 s, 15 s, 30 s, 3 min, … 6 h, in all 24 h.
    public var notifications: [Duration]
    /// How long a merchant takes to ship.
    public var shipping: Duration
    /// The gaps between a merchant's attempts to report a shipment; the last one repeats.
    public var reports: [Duration]
    /// How long a parcel takes from one scan to the next.
    public var scan: Duration
    /// The gaps between a courier's push that wasn't taken and the next; really 3 of 30 min.
    public var pushes: [Duration]
    /// How long a notification, a push or a report may take; really 5 s for a payment notification.
    public var deadline: Duration

    public init(
        payment: Duration = .milliseconds(500), lateness: Duration = .seconds(1), refund: Duration = .seconds(1),
        notifications: [Duration] = [0.25, 0.25, 0.5, 2, 5, 10, 10, 10, 10, 20, 30, 30, 30, 60, 60].map { .seconds($0) },
        shipping: Duration = .milliseconds(500),
        reports: [Duration] = [0.25, 0.5, 1, 2, 5].map { .seconds($0) }, scan: Duration = .seconds(1),
        pushes: [Duration] = [1, 5, 20].map { .seconds($0) }, deadline: Duration = .seconds(5)
    ) {
        self.payment = payment
        self.lateness = lateness
        self.refund = refund
        self.notifications = notifications
        self.shipping = shipping
        self.reports = reports
        self.scan = scan
        self.pushes = pushes
        self.deadline = deadline
    }
}
