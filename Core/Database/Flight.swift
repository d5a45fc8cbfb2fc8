/// Statements that travel together: one write to the server, one wait for all the answers.
struct Flight: Sendable {
    enum End: Sendable { case commit, rollback }

    /// What a statement is there for.
    enum Role: Sendable, Equatable {
        case begin
        case query(Int)
        case commit
        case rollback
    }

    struct Statement: Sendable {
        let sql: String
        let role: Role
        /// Its parameters, in the payload.
        let slots: Range<Int>
    }

    let statements: [Statement]
    let payload: Payload
    let queries: Int
    let end: End?
    /// Whether nothing of its transaction has reached the server before: a connection found dead may be exchanged.
    let isFirst: Bool
    /// Whether what it does lasts once it has been answered, unless it failed.
    let isLasting: Bool

    /// The most statements in one flight.
    static let maximumStatements = 1024

    /// Statements that commit by themselves, together.
    init(alone queries: [Query]) throws(DatabaseError) {
        try self.init(queries, begins: false, end: nil, isFirst: true, isLasting: true)
    }

    /// A part of a transaction.
    init(_ queries: [Query], begins: Bool, end: End?) throws(DatabaseError) {
        try self.init(queries, begins: begins, end: end, isFirst: begins, isLasting: end == .commit)
    }

    private init(_ queries: [Query], begins: Bool, end: End?, isFirst: Bool, isLasting: Bool) throws(DatabaseError) {
        guard queries.count <= Flight.maximumStatements else {
            throw DatabaseError(.misuse, "a flight of \(queries.count) statements: at most \(Flight.maximumStatements) are sent at once")
        }
        payload = try Payload(queries)
        var statements: [Statement] = []
        statements.reserveCapacity(queries.count + 2)
        if begins { statements.append(Statement(sql: "BEGIN", role: .begin, slots: 0..<0)) }
        var slot = 0
        for (index, query) in queries.enumerated() {
            let next = slot + query.parameters.count
            guard next - slot <= 65535 else { throw DatabaseError(.misuse, "\(next - slot) parameters: the protocol has room for 65535") }
            statements.append(Statement(sql: query.sql, role: .query(index), slots: slot..<next))
            slot = next
        }
        switch end {
        case .commit: statements.append(Statement(sql: "COMMIT", role: .commit, slots: 0..<0))
        case .rollback: statements.append(Statement(sql: "ROLLBACK", role: .rollback, slots: 0..<0))
        case nil: break
        }
        self.statements = statements
        self.queries = queries.count
        self.end = end
        self.isFirst = isFirst
        self.isLasting = isLasting
    }
}

/// What has come back of a flight so far. Pure: it is told each answer and knows which statement that belongs to.
struct FlightProgress<Outcome: Sendable>: Sendable {
    enum Step: Sendable, Equatable {
        /// A prepared statement is given up to make room.
        case forget
        case prepare(statement: Int, name: String)
        case execute(statement: Int)
    }

    enum Answer: Sendable {
        case outcome(Outcome)
        case failure(DatabaseError)
        /// Skipped, because an earlier step failed.
        case skipped
        /// There is no more to come for this step.
        case endOfStep
        /// The whole flight has been answered; the server is ready for another.
        case synced
    }

    let flight: Flight
    let steps: [Step]
    private(set) var outcomes: [Outcome] = []
    /// The first failure; what follows it was skipped.
    private(set) var error: DatabaseError?
    private(set) var isSynced = false
    private var position = 0
    private var isCommitted = false
    private var prepared: Set<String> = []

    init(_ flight: Flight, steps: [Step]) {
        self.flight = flight
        self.steps = steps
        outcomes.reserveCapacity(flight.queries)
    }

    /// The statement whose answer is awaited.
    var current: Flight.Statement? {
        guard position < steps.count else { return nil }
        switch steps[position] {
        case .forget: return nil
        case .prepare(let statement, _), .execute(let statement): return flight.statements[statement]
        }
    }

    /// Whether the answer to COMMIT itself is awaited, not that to preparing it.
    var isCommitting: Bool {
        guard position < steps.count, case .execute(let statement) = steps[position] else { return false }
        return flight.statements[statement].role == .commit
    }

    mutating func take(_ answer: Answer) {
        switch answer {
        case .outcome(let outcome): succeed(outcome)
        case .failure(let failure):
            guard error == nil else { break }
            error = failure
            guard let current else { break }
            error?.sql = String(current.sql.prefix(300))
            if case .query(let index) = current.role { error?.queryIndex = index }
        case .skipped: break
        case .endOfStep: position = min(position + 1, steps.count)
        case .synced: isSynced = true
        }
    }

    private mutating func succeed(_ outcome: Outcome) {
        guard position < steps.count else { return }
        switch steps[position] {
        case .forget: break
        case .prepare(_, let name): prepared.insert(name)
        case .execute(let statement):
            switch flight.statements[statement].role {
            case .query: outcomes.append(outcome)
            case .commit: isCommitted = true
            case .begin, .rollback: break
            }
        }
    }

    /// The names of statements that were to be prepared and were not.
    var unprepared: [String] {
        steps.compactMap { step in
            guard case .prepare(_, let name) = step, !prepared.contains(name) else { return nil }
            return name
        }
    }

    /// What the flight came to, once it is synced.
    var result: Result<[Outcome], DatabaseError> {
        if let error { return .failure(error) }
        guard outcomes.count == flight.queries else {
            return .failure(DatabaseError(.connectionLost, "the server answered \(outcomes.count) of \(flight.queries) statements"))
        }
        return .success(outcomes)
    }

    /// What the flight came to where its connection ended before it was synced, for the reason given.
    func result(lost: DatabaseError) -> Result<[Outcome], DatabaseError> {
        // COMMIT's own answer is all it takes.
        if isCommitted, error == nil { return result }
        // Refused by the server on its merits: then nothing of it was committed.
        if let error, !error.isConnectionLost { return .failure(error) }
        var failure = error ?? lost
        failure.code = .connectionLost
        failure.outcomeUnknown = flight.isLasting
        if failure.sql == nil, let current { failure.sql = String(current.sql.prefix(300)) }
        return .failure(failure)
    }
}
