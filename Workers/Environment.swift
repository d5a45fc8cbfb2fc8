public import Database
public import HTTPClient
public import Logging
public import Messaging
public import Topology
public import Work

/// What the processes of Sluice run on, built once and handed to whoever needs it.
public struct Environment: Sendable {
    public let configuration: Configuration
    public let topology: Topology
    public let broker: Broker
    public let database: Database
    public let http: HTTPClient
    public let logger: Logger

    /// - Parameters:
    ///   - name: what the process is called at the broker and the database, for instance `work inventory`.
    ///   - connections: how many connections to the database it may open.
    /// - Throws: ``ConfigurationError`` or what is wrong with a URL, saying which key to mend.
    public init(configuration: Configuration, topology: Topology, name: String, connections: Int, logger: Logger) throws {
        self.configuration = configuration
        self.topology = topology
        self.logger = logger
        broker = Broker(
            configuration: try BrokerConfiguration(urls: try configuration.require(.amqpURL), name: "sluice \(name)"), logger: logger)
        database = Database(
            configuration: DatabaseConfiguration(url: try configuration.require(.databaseURL), connections: connections), logger: logger)
        http = HTTPClient(configuration: HTTPClientConfiguration(), logger: logger)
    }

    /// Closes what it holds. To be called once nothing uses it any more.
    public func close() async {
        await broker.close()
        await http.close()
        await database.close()
    }

    /// What the engine needs of it.
    public var place: Workplace {
        Workplace(broker: broker, database: database, topology: topology, logger: logger)
    }
}
