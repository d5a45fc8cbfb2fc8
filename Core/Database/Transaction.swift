internal import Synchronization

/// A transaction under way, as ``Database/transaction(_:)`` hands it out. It is good until that call's body returns, or
/// until ``commit(with:)``.
///
/// BEGIN travels with the first flight, so a body that asks nothing costs nothing. One flight at a time.
public final class Transaction: Sendable {
    private let database: Database
    private let state = Mutex(TransactionState<Connection>())

    init(in database: Database) { self.database = database }

    /// One statement, one flight.
    @discardableResult
    public func query(_ query: Query) async throws -> Rows {
        try await fly([query], end: nil)[0]
    }

    /// Several statements in one flight, in order. The first that fails fails the transaction.
    @discardableResult
    public func queries(_ queries: [Query]) async throws -> [Rows] {
        try await fly(queries, end: nil)
    }

    /// The last statements together with COMMIT, in one flight: all of the transaction has taken effect when this
    /// returns, and nothing of it when it throws, unless the error says ``DatabaseError/outcomeUnknown``.
    @discardableResult
    public func commit(with queries: [Query] = []) async throws -> [Rows] {
        try await fly(queries, end: .commit)
    }

    private func fly(_ queries: [Query], end: Flight.End?) async throws -> [Rows] {
        try Task.checkCancellation()
        let path = try state.withLock { state throws(DatabaseError) in try state.takeOff(end: end, isEmpty: queries.isEmpty) }
        do {
            switch path {
            case .nowhere: return []
            case .first:
                let (member, connection, rows) = try await database.takeOff(Flight(queries, begins: true, end: end))
                land(member, connection, end)
                return rows
            case .next(let member, let connection):
                let rows = try await database.fly(Flight(queries, begins: false, end: end), on: connection)
                land(member, connection, end)
                return rows ?? []
            }
        } catch {
            state.withLock { $0.fail() }
            throw error
        }
    }

    private func land(_ member: Int, _ connection: Connection, _ end: Flight.End?) {
        state.withLock { $0.land(on: (member, connection), end: end) }
        if end != nil { database.release(member, connection) }
    }

    /// Commits what the body left open.
    func finish() async throws {
        if !state.withLock(\.isEnded) { try await commit() }
    }

    /// Undoes what reached the server and gives the connection back.
    func rollBack() async {
        guard let (member, connection) = state.withLock({ $0.close() }) else { return }
        await database.clean(connection)
        database.release(member, connection)
    }
}

/// How far a transaction has come, and on which connection. Pure.
struct TransactionState<Connection> {
    enum Path {
        /// There is nothing to send.
        case nowhere
        /// With BEGIN, on a connection to be found.
        case first
        case next(Int, Connection)
    }

    private(set) var isEnded = false
    private var place: (Int, Connection)?
    private var isFlying = false
    private var hasFailed = false

    mutating func takeOff(end: Flight.End?, isEmpty: Bool) throws(DatabaseError) -> Path {
        if isEnded { throw DatabaseError(.misuse, "the transaction has ended") }
        if hasFailed { throw DatabaseError(.misuse, "the transaction has failed: an earlier statement did") }
        if isFlying { throw DatabaseError(.misuse, "a transaction has one flight at a time") }
        if isEmpty, end == nil || place == nil {
            isEnded = end != nil
            return .nowhere
        }
        isFlying = true
        return place.map { .next($0.0, $0.1) } ?? .first
    }

    mutating func land(on place: (Int, Connection), end: Flight.End?) {
        isFlying = false
        isEnded = end != nil
        self.place = end == nil ? place : nil
    }

    mutating func fail() { (isFlying, hasFailed) = (false, true) }

    /// Takes no more flights. Returns the connection to be cleaned, where one is held.
    mutating func close() -> (Int, Connection)? {
        defer { (isEnded, place) = (true, nil) }
        return place
    }
}
