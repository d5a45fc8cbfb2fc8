internal import ArgumentParser
internal import Database
internal import JSON
internal import Workers

struct AuditCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "audit",
        abstract: "Proves on the live system that money and stock are conserved and nothing is stuck; names what offends.",
        discussion: """
            Only reads. A step that is under way is no offence until it is older than --grace. Exits 0 where nothing offends and 1 where \
            something does.

              sluice audit
              sluice audit --grace 0 --json       when nothing is under way any more
            """)

    @Option(help: ArgumentHelp("How long a step may take, in seconds.", valueName: "seconds"))
    var grace = 900

    @Flag(help: "Print JSON: every check with its count and the first offenders.")
    var json = false

    mutating func validate() throws {
        guard (0...31_536_000).contains(grace) else { throw ValidationError("--grace is a number of seconds, for example --grace 900") }
    }

    func run() async throws {
        let context = try CommandContext.load("audit", looksOnly: true)
        let url = try context.configuration.require(.databaseURL)
        let database = Database(configuration: Self.databaseConfiguration(url), logger: context.logger)
        let audit = Audit(database: database, topology: context.topology, grace: .seconds(grace))
        let findings = try await audit.run { finding in if !json { print(Self.text(finding)) } }
        await database.close()
        let offences = findings.filter { !$0.isClean }
        if json {
            print(Self.json(findings))
        } else {
            print(
                offences.isEmpty
                    ? "\nall \(findings.count) checks hold" : "\n\(offences.count) of \(findings.count) checks do not hold")
        }
        if !offences.isEmpty { throw ExitCode.failure }
    }

    /// The checks read whole tables: minutes are allowed.
    static func databaseConfiguration(_ url: String) -> DatabaseConfiguration {
        var configuration = DatabaseConfiguration(url: url, connections: 1)
        configuration.statementTimeout = .seconds(900)
        return configuration
    }

    static func text(_ finding: AuditFinding) -> String {
        var lines = ["\(finding.isClean ? "holds   " : "OFFENDED") \(finding.check.name): \(finding.check.claim)"]
        for (subject, detail) in finding.offenders { lines.append("           \(subject): \(detail)") }
        if finding.count > finding.offenders.count { lines.append("           … and \(finding.count - finding.offenders.count) more") }
        return lines.joined(separator: "\n")
    }

    private static func json(_ findings: [AuditFinding]) -> String {
        let bytes = JSONWriter.object { json in
            json.member("holds", findings.allSatisfy(\.isClean))
            json.array("checks", of: findings) { json, finding in
                json.object { json in
                    json.member("name", finding.check.name)
                    json.member("claim", finding.check.claim)
                    json.member("offenders", finding.count)
                    json.array("first", of: finding.offenders) { json, offender in
                        json.object { json in
                            json.member("subject", offender.subject)
                            json.member("detail", offender.detail)
                        }
                    }
                }
            }
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
