internal import ArgumentParser
internal import Logging
internal import ServiceLifecycle
internal import Topology
internal import Work
internal import Workers

struct WorkCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work",
        abstract: "Runs the workers of some queues, or of all.",
        discussion: """
            Each worker takes batches of messages from its queue. Any number of copies may run at once, on any number of machines; a \
            message is acknowledged only after its effect is committed and everything it caused is confirmed by the broker, so a worker \
            may be killed at any moment. SIGTERM ends it once the batches in hand are settled.

            The queues are those of queues.yaml; `dead-letters` files what none of them could do.

              sluice work inventory
              sluice work placement inventory payments
              sluice work all
            """)

    @Argument(help: "The queues, or `all` for every one and the dead letters.")
    var queues: [String]

    @Option(help: ArgumentHelp("Messages handled together, at most; instead of what queues.yaml says.", valueName: "n"))
    var batch: Int?

    @Flag(help: "Publish nothing for queues that are not among these: for measuring.")
    var isolated = false

    mutating func validate() throws {
        if let batch, !(1...10_000).contains(batch) { throw ValidationError("--batch is from 1 to 10000, for example --batch 256") }
    }

    func run() async throws {
        let context = try CommandContext.load("work")
        var topology = context.topology
        let known = topology.queues.map(\.name)
        let deadLetters = "dead-letters"
        let names = queues == ["all"] ? known + [deadLetters] : queues
        for name in names where !known.contains(name) && name != deadLetters {
            throw ValidationError("there is no queue '\(name)'; queues.yaml has \(known.joined(separator: ", ")); and \(deadLetters)")
        }
        if isolated { topology = topology.restricted(to: Set(names)) }
        if let batch { for index in topology.queues.indices { topology.queues[index].batch = batch } }

        let wanted = Set(names)
        let loops = topology.queues.filter { wanted.contains($0.name) }.reduce(0) { $0 + $1.parallel }
        let environment = try Environment(
            configuration: context.configuration, topology: topology, name: "work \(names.joined(separator: " "))",
            connections: min(max(loops + 1, 2), 32), logger: context.logger)
        var services = try Roster.services(for: names.filter { $0 != deadLetters }, in: environment)
        if wanted.contains(deadLetters) { services.append(DeadLetters(place: environment.place)) }
        context.logger.notice("working", metadata: ["queues": "\(names.joined(separator: " "))"])
        try await context.run(services)
        await environment.close()
    }
}
