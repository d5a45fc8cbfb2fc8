internal import ArgumentParser
internal import Foundation
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
}
