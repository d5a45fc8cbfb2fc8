internal import ArgumentParser
internal import Foundation
internal import Intake
internal import PrivateServers
internal import Workers

struct Benchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "benchmark",
        abstract: "Measures how fast orders go.",
        subcommands: [JourneyMeasure.self, IntakeMeasure.self])

    struct JourneyMeasure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "journey",
            abstract: "Times orders from the queue to the buyer's inbox: placed, reserved, paid, settled, told.",
            discussion: """
                On a private broker and database of its own, with all workers in one process and no calls outside. Prints orders/s, how \
                long the batches took, processor time by process, and memory; then counts everything and exits 1 if something is missing.

                  sluice benchmark journey --orders 50000
                  sluice benchmark journey --orders 50000 --hot 0.5      half of all lines on one SKU
                """)

        @Option(help: "How many orders.")
        var orders = 50_000

        @Option(help: ArgumentHelp("The part of all lines that are of one SKU, from 0 to 0.5.", valueName: "share"))
        var hot = 0.0

        @Option(help: ArgumentHelp("Messages handled together, at most; instead of what queues.yaml says.", valueName: "n"))
        var batch: Int?

        @Option(help: "Where the servers keep their data.")
        var directory = ".sluice/benchmark"

        @Flag(help: "Print JSON.")
        var json = false

        mutating func validate() throws {
            if !(1...10_000_000).contains(orders) { throw ValidationError("--orders is from 1 to 10000000, for example --orders 50000") }
            if !(0...0.5).contains(hot) { throw ValidationError("--hot is from 0 to 0.5, for example --hot 0.5") }
            if let batch, !(1...10_000).contains(batch) { throw ValidationError("--batch is from 1 to 10000, for example --batch 512") }
        }

        func run() async throws {
            let context = try CommandContext.load("benchmark")
            let stop = StopSignal()
            let path = URL(fileURLWithPath: directory).standardizedFileURL.path
            let lock = try DirectoryLock.take(path)
            defer { withExtendedLifetime(lock) {} }
            let benchmark = JourneyBenchmark(
                orders: orders, hot: hot, batch: batch, directory: path, topology: context.topology, logger: context.logger,
                say: { FileHandle.standardError.write(Data(($0 + "\n").utf8)) })
            guard let report = try await stop.interrupting({ try await benchmark.run() }) else { throw ExitCode.failure }
            print(json ? report.json : report.text)
            if !report.problems.isEmpty { throw ExitCode.failure }
        }
    }

    struct IntakeMeasure: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "intake",
            abstract: "Times orders over HTTP until they are safe: authenticated, validated, sealed, one confirm each.",
            discussion: """
                On a private broker and database of its own. Prints orders/s, latencies, processor time by process and memory; then counts \
                the queue and exits 1 if an order is missing or was refused.

                  sluice benchmark intake --connections 64 --seconds 20
                """)

        @Option(help: "Connections kept open, each with one request in flight.")
        var connections = 64

        @Option(help: "For how many seconds it is measured.")
        var seconds = 10

        @Option(help: "Where the servers keep their data.")
        var directory = ".sluice/benchmark"

        @Flag(help: "Print JSON.")
        var json = false

        mutating func validate() throws {
            if !(1...4_096).contains(connections) { throw ValidationError("--connections is from 1 to 4096, for example --connections 64") }
            if !(1...3_600).contains(seconds) { throw ValidationError("--seconds is from 1 to 3600, for example --seconds 10") }
        }

        func run() async throws {
            let context = try CommandContext.load("benchmark")
            let stop = StopSignal()
            let path = URL(fileURLWithPath: directory).standardizedFileURL.path
            let lock = try DirectoryLock.take(path)
            defer { withExtendedLifetime(lock) {} }
            guard let result = try await stop.interrupting({ try await measure(in: path, context) }) else { throw ExitCode.failure }
            print(json ? result.json : result.text)
            if !result.isRight { throw ExitCode.failure }
        }

        private func measure(in path: String, _ context: CommandContext) async throws -> IntakeBenchmarkResult {
            let servers = try await PrivateServers.start(PrivateServers.Plan(directory: path))
            do {
                guard let broker = servers.broker, let database = servers.database else { throw CommandError("no servers were started") }
                let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
                var benchmark = IntakeBenchmark(
                    program: program, amqpURL: broker.url, databaseURL: database.url, topology: context.topology, logger: context.logger)
                benchmark.connections = connections
                benchmark.duration = .seconds(seconds)
                let result = try await benchmark.run { FileHandle.standardError.write(Data(($0 + "\n").utf8)) }
                await servers.stop()
                return result
            } catch {
                await servers.stop()
                throw error
            }
        }
    }
}
