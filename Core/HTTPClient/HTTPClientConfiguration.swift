/// The bounds within which an ``HTTPClient`` works.
public struct HTTPClientConfiguration: Sendable {
    /// What the client is called in metrics and as a thread, for instance `outside`.
    public var name: String
    /// How many requests may be under way to one scheme, host and port. Others wait their turn, first come first served.
    public var requestsPerHost: Int
    /// How many callers may wait for a turn, over all hosts. One more is refused at once with ``HTTPError/Code/busy``.
    public var waitingLimit: Int
    /// The largest response body, in bytes.
    public var bodyLimit: Int
    /// The longest time to resolve a name, connect and shake hands.
    public var connectTimeout: Duration
    /// How long an unused connection is kept.
    public var idleTimeout: Duration
    /// How many connections are kept for reuse, over all hosts.
    public var idleConnections: Int
    /// Which addresses may be connected to.
    public var addresses: AddressPolicy
    /// A PEM file of the certificate authorities to trust; nil for the system's.
    public var certificateAuthorities: String?
    /// Sent as `User-Agent` unless the request has one.
    public var userAgent: String

    public init(
        name: String = "http", requestsPerHost: Int = 32, waitingLimit: Int = 4096, bodyLimit: Int = 1 << 20,
        connectTimeout: Duration = .seconds(2), idleTimeout: Duration = .seconds(60), idleConnections: Int = 64,
        addresses: AddressPolicy = .any, certificateAuthorities: String? = nil, userAgent: String = "Sluice/1"
    ) {
        precondition(requestsPerHost > 0 && waitingLimit >= 0 && bodyLimit >= 0 && idleConnections > 0, "the bounds must be positive")
        self.name = name
        self.requestsPerHost = requestsPerHost
        self.waitingLimit = waitingLimit
        self.bodyLimit = bodyLimit
        self.connectTimeout = connectTimeout
        self.idleTimeout = idleTimeout
        self.idleConnections = idleConnections
        self.addresses = addresses
        self.certificateAuthorities = certificateAuthorities
        self.userAgent = userAgent
    }
}
