internal import Foundation
internal import Logging
internal import ServiceLifecycle
internal import Topology
internal import UnixSignals
internal import Workers

/// What a command works with: the configuration, the queues and the log.
struct CommandContext {
    let configuration: Configuration
    let topology: Topology
    let logger: Logger

    /// Reads the configuration and `queues.yaml`, and sets up the log.
    /// - Parameters:
    ///   - name: the logger's.
    ///   - looksOnly: whether a running `sluice up` of this directory may stand in for a configuration that names no servers.
    static func load(_ name: String, looksOnly: Bool = false) throws -> CommandContext {
        var environment = ProcessInfo.processInfo.environment
        if looksOnly, environment["SLUICE_AMQP_URL"] == nil, environment["SLUICE_DATABASE_URL"] == nil, let found = EnvironmentFile.find() {
            environment.merge(found) { given, _ in given }
        }
        let configuration = try Configuration(environment: environment)
        LogLines.bootstrap(configuration)
        let logger = Logger(label: "sluice.\(name)")
        return CommandContext(configuration: configuration, topology: try readQueues(configuration), logger: logger)
    }

    /// What the commands run on.
    /// - Parameter connections: to the database, at most.
    func environment(_ name: String, connections: Int) throws -> Environment {
        try Environment(configuration: configuration, topology: topology, name: name, connections: connections, logger: logger)
    }

    private static func readQueues(_ configuration: Configuration) throws -> Topology {
        let path = try QueuesFile.find(configuration)
        do {
            return try Topology.parse(yaml: try String(contentsOfFile: path, encoding: .utf8))
        } catch let error as TopologyError {
            throw CommandError("\(path): \(error)")
        } catch { throw CommandError("\(path) can't be read: \(error.localizedDescription)") }
    }

    /// Runs services until one of them ends, or a signal asks them to: SIGTERM and SIGINT. Later ones are stopped first.
    func run(_ services: [any Service]) async throws {
        var group = ServiceGroupConfiguration(
            services: services.map {
                .init(
                    service: $0, successTerminationBehavior: .gracefullyShutdownGroup, failureTerminationBehavior: .gracefullyShutdownGroup)
            }, gracefulShutdownSignals: [.sigterm, .sigint], logger: logger)
        // What isn't finished by then is delivered again elsewhere.
        group.maximumGracefulShutdownDuration = .seconds(25)
        group.maximumCancellationDuration = .seconds(5)
        try await ServiceGroup(configuration: group).run()
    }
}

/// What went wrong with a command, for whoever typed it.
struct CommandError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) {
        self.description = description
    }
}

/// Where `queues.yaml` is.
enum QueuesFile {
    /// The file that is configured, or the one of this directory, or of the nearest directory above this executable.
    static func find(_ configuration: Configuration) throws -> String {
        if let path = configuration.value(.queuesFile) { return path }
        let files = FileManager.default
        let executable = (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
        var directories = [files.currentDirectoryPath]
        var directory = URL(fileURLWithPath: executable).deletingLastPathComponent()
        while directory.path.count > 1 {
            directories.append(directory.path)
            directory = directory.deletingLastPathComponent()
        }
        guard let found = directories.map({ "\($0)/queues.yaml" }).first(where: files.isReadableFile(atPath:)) else {
            throw CommandError("there is no queues.yaml in \(files.currentDirectoryPath): go to the repository, or set SLUICE_QUEUES_FILE")
        }
        return found
    }
}
