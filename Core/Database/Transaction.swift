internal import Synchronization

/// A transaction under way, as ``Database/transaction(_:)`` hands it out. It is good until that call's body returns, or
/// until ``commit(with:)``.
///
/// BEGIN travels with the first flight, so a body that asks nothing costs nothing. One flight at a time.
public final class Transaction: Sendable {
    private let connection: Connection
    private let state = Mutex(TransactionState())

    init(on connection: Connection) { self.connection = connection }

    /// One statement, one flight.
    @discardableResult
    public func query(_ query: Query) async throws -> Rows {
        try await fly([query], end: nil)[0]
    }

    /// Several statements in one flight, in order. The first that fails fails the transaction.
    public func queries(_ queries: [Query]) async throws -> [Rows] {
        try await fly(queries, end: nil)
    }

    /// The last statements together with COMMIT, in one flight: either all of the transaction has taken effect when this
    /// returns, or it throws. An error with ``DatabaseError/outcomeUnknown`` leaves open which.
    @discardableResult
    public func commit(with queries: [Query] = []) async throws -> [Rows] {
        try await fly(queries, end: .commit)
    }

    private func fly(_ queries: [Query], end: Flight.End?) async throws -> [Rows] {
        try Task.checkCancellation()
        let begins = try state.withLock { state throws(DatabaseError) in try state.takeOff(end: end, isEmpty: queries.isEmpty) }
        guard let begins else { return [] }
        do {
            let flight = try Flight(queries, begins: begins, end: end)
            let rows = try await connection.fly(flight)
            state.withLock { $0.land(end: end) }
            return rows
        } catch {
            state.withLock { $0.fail() }
            throw error
        }
    }

    /// Commits what the body left open.
    func finish() async throws {
        guard state.withLock({ !$0.isEnded }) else { return }
        try await commit()
    }

    /// Undoes what reached the server. Returns whether the connection is clean again.
    func rollBack() async -> Bool {
        guard state.withLock({ $0.close() }) else { return await connection.isIdle }
        guard let flight = try? Flight([], begins: false, end: .rollback) else { return false }
        _ = try? await connection.fly(flight)
        return await connection.isIdle
    }
}

/// How far a transaction has come.
struct TransactionState {
    private(set) var isEnded = false
    private var isOpenAtServer = false
    private var isFlying = false
    private var hasFailed = false

    /// Whether this flight must carry BEGIN; nil where there is nothing to send.
    mutating func takeOff(end: Flight.End?, isEmpty: Bool) throws(DatabaseError) -> Bool? {
        if isEnded { throw DatabaseError(.misuse, "the transaction has ended") }
        if hasFailed { throw DatabaseError(.misuse, "the transaction has failed: an earlier statement did") }
        if isFlying { throw DatabaseError(.misuse, "a transaction has one flight at a time") }
        if isEmpty, end == nil || !isOpenAtServer {
            isEnded = end != nil
            return nil
        }
        defer { (isFlying, isOpenAtServer) = (true, true) }
        return !isOpenAtServer
    }

    mutating func land(end: Flight.End?) {
        isFlying = false
        if end != nil { (isEnded, isOpenAtServer) = (true, false) }
    }

    mutating func fail() { (isFlying, hasFailed) = (false, true) }

    /// Takes no more flights. Returns whether a rollback is due.
    mutating func close() -> Bool {
        defer { (isEnded, isOpenAtServer) = (true, false) }
        return isOpenAtServer
    }
}
