public import Database
public import Topology

/// Shows on a live system that money and stock are conserved and that nothing is stuck, and names what contradicts it.
///
/// It only reads. Each check is one statement and so sees one moment; work that is under way is no offence until it is
/// older than `grace`.
public struct Audit: Sendable {
    private let database: Database
    private let terms: AuditTerms

    /// - Parameters:
    ///   - database: should allow statements of minutes: the checks read whole tables.
    ///   - grace: how long a step may take; whole seconds. Zero where nothing is under way any more.
    public init(database: Database, topology: Topology, grace: Duration) {
        self.database = database
        terms = AuditTerms(
            graceSeconds: grace.components.seconds,
            handlers: topology.queues.flatMap { queue in queue.handles.map { (type: $0, queue: queue.name) } })
    }

    /// Every check, in the order they are run.
    public static let checks = stock + money + orders + overdue + messages

    /// Runs the checks one after another.
    /// - Parameter report: told of each as soon as it is done.
    public func run(reporting report: (AuditFinding) -> Void = { _ in }) async throws -> [AuditFinding] {
        var findings: [AuditFinding] = []
        for check in Self.checks {
            let rows = try await database.query(check.query(terms))
            let offenders = try rows.map { (subject: try $0.text(0), detail: try $0.text(1)) }
            let finding = AuditFinding(check: check, count: Int(try rows.first?.integer(2) ?? 0), offenders: offenders)
            report(finding)
            findings.append(finding)
        }
        return findings
    }
}
