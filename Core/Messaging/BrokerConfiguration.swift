/// Where the broker is and how it is talked to.
public struct BrokerConfiguration: Sendable {
    /// The broker's nodes: tried one after another.
    public var addresses: [BrokerAddress]
    /// The connection's name as the broker shows it.
    public var name = "sluice"
    /// Both sides send a sign of life at half this interval when idle; twice this long without one is a lost connection.
    /// Whole seconds, 1 to 600.
    public var heartbeat: Duration = .seconds(10)
    /// The most publishes in flight: sent and not yet confirmed.
    public var confirmWindow = 1024
    /// The longest a publish may go unconfirmed before the connection is given up and made anew.
    public var confirmTimeout: Duration = .seconds(30)
    /// The longest that reaching a node and, again, logging in may take.
    public var connectTimeout: Duration = .seconds(5)
    /// The wait before the first reconnect; doubles up to ``longestBackoff``, with jitter.
    public var shortestBackoff: Duration = .milliseconds(100)
    public var longestBackoff: Duration = .seconds(3)
    /// The largest body that is published, in bytes.
    public var largestBody = 16 << 20

    /// - Parameter urls: one or several `amqp://user:password@host:port/vhost`, separated by commas. `amqps` for TLS, which always verifies:
    ///   `?cacertfile=` (default: the system's), `&certfile=&keyfile=` for a client certificate; `&heartbeat=` in seconds.
    ///   The host must then be a name that the certificate holds.
    /// - Throws: ``MessagingError`` with `configuration`, without the password.
    public init(urls: String, name: String = "sluice") throws(MessagingError) {
        self.name = name
        addresses = []
        for url in urls.split(separator: ",") {
            let address = try BrokerAddress(url: String(url.drop { $0 == " " }))
            if let heartbeat = address.heartbeat { self.heartbeat = .seconds(heartbeat) }
            addresses.append(address)
        }
        guard !addresses.isEmpty else {
            throw MessagingError(.configuration, "no broker URL; give amqp://user:password@host:port/vhost")
        }
    }
}
