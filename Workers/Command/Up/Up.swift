internal import ArgumentParser
internal import Foundation
internal import JSON
internal import PrivateServers
internal import Workers

struct Up: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "up",
        abstract: "Starts everything on this machine, with sample orders flowing, until Ctrl-C.",
        discussion: """
            A RabbitMQ node and a PostgreSQL of its own (unless SLUICE_AMQP_URL and SLUICE_DATABASE_URL name others), the simulated world \
            outside, the intake, the clock and one process for each worker. Prints where to reach them and a line to try. What dies is \
            started again: kill what you like. Everything ends with it, however it ends; its data stays in --directory, so that a second \
            start takes seconds.

              sluice up                    sample orders at a gentle rate, until Ctrl-C
              sluice up --rate 0           no sample orders
              sluice up --demo 1000        1,000 orders, most of which are paid and delivered; some expire, are declined, cancelled,
                                           out of stock or paid too late. Waits until each has reached its end, audits, and exits 0
                                           only if all is right
              sluice up --json             tells what happens as JSON, one event a line
            """)

    @Option(help: ArgumentHelp("Place so many orders, wait for the last one's end, audit, and exit.", valueName: "orders"))
    var demo: Int?

    @Option(help: ArgumentHelp("Sample orders a second; 2 unless given, and 50 with --demo.", valueName: "n"))
    var rate: Double?

    @Option(help: "Where data, logs and secrets are kept; made if it is missing.")
    var directory = ".sluice"

    @Option(help: "The intake's port; 8080, or a free one where that is taken.")
    var port: Int?

    @Flag(help: "Print JSON: one event a line, on standard output.")
    var json = false

    mutating func validate() throws {
        if let demo, !(1...1_000_000).contains(demo) { throw ValidationError("--demo is from 1 to 1000000, for example --demo 1000") }
        if let rate, !(0...5_000).contains(rate) { throw ValidationError("--rate is from 0 to 5000, for example --rate 2") }
        if demo != nil, rate == 0 { throw ValidationError("--demo places orders: --rate must be more than 0") }
        if let port, !(1...65_535).contains(port) { throw ValidationError("--port is from 1 to 65535, for example --port 8080") }
    }

    func run() async throws {
        let stop = StopSignal()
        let reporter = Reporter(json: json)
        let path = URL(fileURLWithPath: directory).standardizedFileURL.path
        let lock = try DirectoryLock.take(path)
        defer { withExtendedLifetime(lock) {} }
        let site = UpSite(directory: path, configuration: try Configuration(), port: port, isDemo: demo != nil, reporter: reporter)
        var isRight = true
        var failure: (any Error)?
        do {
            let demo = demo
            let rate = rate
            isRight =
                try await stop.interrupting {
                    let shop = try await site.start()
                    if let demo { return try await DemoRun(orders: demo, rate: rate ?? 50, site: site, shop: shop).run() }
                    try await SampleRun(rate: rate ?? 2, site: site, shop: shop).run()
                    return true
                } ?? (demo == nil)
        } catch { failure = error }
        reporter.endProgress()
        reporter.say(stop.isUp ? "\nstopping" : "stopping")
        await site.stop()
        if let failure {
            reporter.event("failed") { $0.member("error", "\(failure)") }
            throw failure
        }
        reporter.event("stopped") { _ in }
        if !isRight { throw ExitCode.failure }
    }
}
