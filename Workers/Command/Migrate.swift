internal import ArgumentParser
internal import Database
internal import JSON
internal import Store
internal import Work
internal import Workers

struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "migrate",
        abstract: "Brings the database to what this version needs.",
        discussion: """
            Migrations are numbered, checksummed and only go forward. Safe to run twice, and from several machines at once: one does it, \
            the others wait. Refuses a database whose migrations were edited, are missing, or are of a newer version.

              sluice migrate --pending     shows what would be done and does nothing
            """)

    @Flag(help: "Show what would be done and do nothing.")
    var pending = false

    @Flag(help: "Print JSON: an array of titles.")
    var json = false

    func run() async throws {
        let context = try CommandContext.load("migrate", looksOnly: true)
        let environment = try context.environment("migrate", connections: 2)
        let migrator = Migrator(database: environment.database, migrations: Migrations.all)
        let done = pending ? try await migrator.pending() : try await migrator.run()
        if !pending {
            // Messages are journalled from the first one on, whether or not a clock runs yet.
            try await Partitions(database: environment.database, days: try context.configuration.require(.journalDays)).keep()
        }
        await environment.close()
        if json {
            var writer = JSONWriter()
            writer.array { json in for migration in done { json.value(migration.title) } }
            return print(String(decoding: writer.bytes, as: UTF8.self))
        }
        for migration in done { print("\(pending ? "pending" : "applied") \(migration.title)") }
        if done.isEmpty { print("the database is up to date") }
    }
}
