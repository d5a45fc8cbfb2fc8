internal import ArgumentParser
internal import Work
internal import Workers

struct ClockCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock",
        abstract: "Publishes what is due: expiries, polls, confirmations, and what the broker could not take.",
        discussion: """
            Run two or more: one leads, by a lock in the database, and the others wait to take over. The leader also makes the journal's \
            partitions for the coming days and drops those older than SLUICE_JOURNAL_DAYS.
            """)

    func run() async throws {
        let context = try CommandContext.load("clock")
        let environment = try context.environment("clock", connections: 3)
        let days = try context.configuration.require(.journalDays)
        try await context.run([Clock(place: environment.place, journalDays: days)])
        await environment.close()
    }
}
