internal import ArgumentParser
internal import Foundation
internal import Intake
internal import PrivateServers

extension Benchmark {
    struct IntakeMeasure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "intake",
            abstract: "Times orders over HTTP: authenticated, validated, sealed, and each confirmed by the broker.",
            discussion: """
                On a private broker and database of its own, against one intake process, from connections that are kept open and have one \
                request in flight each. Prints orders/s, latencies, and processor time by process; exits 1 if an order was refused or is \
                not in the queue afterwards.

                  sluice benchmark intake
                  sluice benchmark intake --connections 256 --seconds 30 --json
                """)

        @Option(help: "Connections kept open.")
        var connections = 64

        @Option(help: "How long to measure, after a warm-up of two seconds.")
        var seconds = 10

        @Option(help: "Where the servers keep their data.")
        var directory = ".sluice/benchmark"

        @Flag(help: "Print JSON.")
        var json = false

        mutating func validate() throws {
            if !(1...4_000).contains(connections) { throw ValidationError("--connections is from 1 to 4000, for example --connections 64") }
            if !(1...3_600).contains(seconds) { throw ValidationError("--seconds is from 1 to 3600, for example --seconds 10") }
        }

        func run() async throws {
            let context = try CommandContext.load("benchmark")
            let stop = StopSignal()
            let path = URL(fileURLWithPath: directory).standardizedFileURL.path
            let lock = try DirectoryLock.take(path)
            defer { withExtendedLifetime(lock) {} }
            guard let result = try await stop.interrupting({ try await measure(context, path) }) else { throw ExitCode.failure }
            print(json ? result.json : result.text)
            if !result.isRight { throw ExitCode.failure }
        }

        private func measure(_ context: CommandContext, _ path: String) async throws -> IntakeBenchmarkResult {
            let say: @Sendable (String) -> Void = { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
            say("starting broker and database")
            let servers = try await PrivateServers.start(PrivateServers.Plan(directory: path))
            do {
                let result = try await measure(context, servers, say)
                await servers.stop()
                return result
            } catch {
                await servers.stop()
                throw error
            }
        }

        private func measure(
            _ context: CommandContext, _ servers: PrivateServers, _ say: @escaping @Sendable (String) -> Void
        ) async throws -> IntakeBenchmarkResult {
            guard let broker = servers.broker, let database = servers.database else { throw ServerError("no servers") }
            var benchmark = IntakeBenchmark(
                program: try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"), amqpURL: broker.url,
                databaseURL: database.url, topology: context.topology, logger: context.logger)
            benchmark.connections = connections
            benchmark.duration = .seconds(seconds)
            benchmark.servers["broker"] = broker.processID
            benchmark.servers["database"] = database.processID
            return try await benchmark.run(progress: say)
        }
    }
}
