/// How the publishing side stands, for readiness and for deciding where a message goes.
public struct BrokerState: Sendable, Equatable {
    /// Whether publishes can be sent: connected, logged in, the channel open.
    public var isConnected = false
    /// Whether the broker takes no publishes for the moment (a memory or disk alarm).
    public var isBlocked = false
    /// Why not, in the broker's or the system's words; empty when all is well.
    public var reason = "not connected yet"

    /// Whether a publish has a good chance right now.
    public var isReady: Bool { isConnected && !isBlocked }
}
