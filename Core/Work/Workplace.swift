public import Database
public import Logging
public import Messaging
public import Topology

/// What a worker runs on.
public struct Workplace: Sendable {
    public let broker: Broker
    public let database: Database
    public let topology: Topology
    public let logger: Logger

    public init(broker: Broker, database: Database, topology: Topology, logger: Logger) {
        self.broker = broker
        self.database = database
        self.topology = topology
        self.logger = logger
    }
}
