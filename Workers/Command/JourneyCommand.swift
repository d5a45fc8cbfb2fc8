internal import ArgumentParser
internal import Commerce
internal import FoundationEssentials
internal import JSON
internal import Work
internal import Workers

struct JourneyCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journey",
        abstract: "Shows every message of an order: what it led to, when, and what it still waits for.",
        discussion: """
            Read from the journal, so for as many days as it is kept (SLUICE_JOURNAL_DAYS).

              sluice journey 6f1c4a52-3d0e-5b7a-9c55-0f2b8f1d7a11
            """)

    @Argument(help: "The order's id, as the intake answered it.")
    var order: String

    @Flag(help: "Print JSON.")
    var json = false

    func run() async throws {
        guard let id = UUID(uuidString: order) else { throw ValidationError("'\(order)' is no order id: a UUID is expected") }
        let context = try CommandContext.load("journey", looksOnly: true)
        let environment = try context.environment("journey", connections: 1)
        let journey = try await Journey.of(id, in: environment.database)
        await environment.close()
        guard !journey.steps.isEmpty || !journey.waiting.isEmpty || !journey.dead.isEmpty else {
            throw CommandError("the journal knows of no order \(id.text)")
        }
        print(json ? JourneyText.json(journey) : JourneyText.text(journey))
    }
}
