public import Commerce
public import Providers

/// What an intake is told.
public struct IntakeConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port to listen on; 0 for any free one.
    public var port: Int
    /// In front of the paths that answers name, without a slash at its end; empty for paths alone.
    public var publicURL = ""
    /// The secret that API keys are hashed under.
    public var pepper: KeyPepper
    /// Seals personal data.
    public var sealing: Sealing
    /// Finds orders by phone.
    public var index: BlindIndex
    /// Believes WeChat Pay's notifications; nil where it is not used.
    public var weChat: WeChatNotifications?
    /// Believes Kuaidi100's pushes; nil where it is not used.
    public var kuaidi100: Kuaidi100Pushes?
    /// Connections at once, at most; those beyond wait to be accepted.
    public var connections = 4_096
    /// How long a connection may be silent: between requests, and within the head or the body of one.
    public var idleTimeout: Duration = .seconds(30)
    /// Threads that serve connections.
    public var threads = 2

    public init(host: String = "127.0.0.1", port: Int = 8080, pepper: KeyPepper, sealing: Sealing, index: BlindIndex) {
        self.host = host
        self.port = port
        self.pepper = pepper
        self.sealing = sealing
        self.index = index
    }
}
