/// Where the sandbox listens, whom it calls, and how fast the world outside turns.
public struct SandboxConfiguration: Sendable {
    /// The address to listen on.
    public var host: String
    /// The port to listen on; 0 takes a free one.
    public var port: Int
    /// Where keys and the journal are kept; made, with its parents, if it isn't there.
    public var directory: String
    /// Our intake, without a slash at the end, for instance `http://127.0.0.1:8080`: where merchants ship.
    public var intakeURL: String
    /// The API key a merchant ships with, where ``merchantAPIKeys`` has none for it.
    public var merchantAPIKey: String
    /// API keys by merchant, as the merchant stands in `fulfillment.released`.
    public var merchantAPIKeys: [String: String]
    /// Which courier merchants ship with, as Kuaidi100 codes it. `shunfeng` and `zhongtong` answer nothing without a telephone number.
    public var carrier: String
    /// How long everybody takes.
    public var delays: SandboxDelays
    /// How many trades, parcels and fulfillment orders are remembered, each: the oldest that are over are forgotten beyond.
    public var memoryLimit: Int
    /// One notification of so many comes first with a signature that must not verify, as WeChat Pay does to probe us; 0 for none.
    public var probeInterval: Int

    public init(
        host: String = "127.0.0.1", port: Int = 8090, directory: String, intakeURL: String, merchantAPIKey: String = "",
        merchantAPIKeys: [String: String] = [:], carrier: String = "yuantong", delays: SandboxDelays = SandboxDelays(),
        memoryLimit: Int = 200_000, probeInterval: Int = 100
    ) {
        self.host = host
        self.port = port
        self.directory = directory
        self.intakeURL = intakeURL
        self.merchantAPIKey = merchantAPIKey
        self.merchantAPIKeys = merchantAPIKeys
        self.carrier = carrier
        self.delays = delays
        self.memoryLimit = memoryLimit
        self.probeInterval = probeInterval
    }

    /// Where the sandbox is reached when it listens on ``port``, without a slash at the end.
    public var url: String { "http://\(host):\(port)" }
    /// Where the merchants take webhooks: `fulfillment.released` above all.
    public var merchantWebhookURL: String { url + "/merchant/webhooks" }
    /// Where the storefronts take webhooks.
    public var storefrontWebhookURL: String { url + "/storefront/webhooks" }
}
