internal import ArgumentParser
internal import Glibc

/// The one executable.
@main struct Sluice: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sluice",
        abstract: "Takes a flood of orders and lets it through in good order.",
        discussion: """
            Storefronts submit orders to the intake, which puts them on RabbitMQ; independent workers place them, reserve stock, confirm \
            payment, ship, track, settle and tell the buyers. PostgreSQL is the system of record.

            To see all of it on this machine:      sluice up
            To run it on a cluster, in this order:  sluice migrate, sluice queues apply, then any number of
                                                   sluice intake, sluice work QUEUE…, sluice clock

            The configuration is read from environment variables: `sluice config` lists them. Where neither SLUICE_AMQP_URL nor \
            SLUICE_DATABASE_URL is set, the commands that look (audit, journey, queues) use what a `sluice up` in this directory started.

            Exit codes: 0 all is well, 1 something failed or offends, 64 the command line was not understood.
            """,
        subcommands: [
            Up.self, IntakeCommand.self, WorkCommand.self, ClockCommand.self, SandboxCommand.self, Migrate.self, Queues.self,
            AuditCommand.self,
            JourneyCommand.self, Benchmark.self, ConfigCommand.self,
        ])

    static func main() async {
        Lifeline.watch()
        // Whoever read our output may be gone; that is no reason to leave servers behind.
        signal(SIGPIPE, SIG_IGN)
        do {
            var command = try parseAsRoot()
            if var asynchronous = command as? any AsyncParsableCommand {
                try await asynchronous.run()
            } else {
                try command.run()
            }
        } catch { exit(withError: error) }
    }
}
