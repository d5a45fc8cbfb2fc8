import Testing

@testable import Database

/// The bookkeeping of a flight and of prepared statements, without a server.
struct FlightTests {
    typealias Progress = FlightProgress<String>
    let refused = DatabaseError(.server, "no", sqlState: "23505")
    let lost = DatabaseError(.connectionLost, "gone")

    func commit() throws -> Progress {
        let flight = try Flight(["one", "two"], begins: false, end: .commit)
        return Progress(
            flight, steps: [.prepare(statement: 0, name: "s1"), .execute(statement: 0), .execute(statement: 1), .execute(statement: 2)])
    }

    func take(_ progress: inout Progress, _ answers: [Progress.Answer]) { for answer in answers { progress.take(answer) } }

    @Test func `answers belong to the statements in their order`() throws {
        var progress = try commit()
        take(
            &progress,
            [
                .outcome("prepared"), .endOfStep, .outcome("1"), .endOfStep, .outcome("2"), .endOfStep, .outcome("COMMIT"), .endOfStep,
                .synced,
            ])
        #expect(try progress.result.get() == ["1", "2"])
        #expect(progress.unprepared == [])
    }

    @Test func `the first failure is the flight's and what was skipped is not prepared`() throws {
        var progress = try commit()
        take(&progress, [.failure(refused), .endOfStep, .skipped, .endOfStep, .skipped, .endOfStep, .skipped, .endOfStep, .synced])
        let error = #expect(throws: DatabaseError.self) { try progress.result.get() }
        #expect(error?.queryIndex == 0)
        #expect(error?.sql == "one")
        #expect(progress.unprepared == ["s1"])
    }

    @Test func `a connection lost before COMMIT is answered leaves the outcome unknown`() throws {
        var progress = try commit()
        take(&progress, [.outcome(""), .endOfStep, .outcome("1"), .endOfStep, .outcome("2"), .endOfStep])
        #expect(#expect(throws: DatabaseError.self) { try progress.result(lost: lost).get() }?.outcomeUnknown == true)
        take(&progress, [.outcome("COMMIT")])
        #expect(try progress.result(lost: lost).get() == ["1", "2"])
    }

    @Test func `a connection lost after a refusal leaves no doubt`() throws {
        var progress = try commit()
        take(&progress, [.outcome(""), .endOfStep, .failure(refused)])
        let error = #expect(throws: DatabaseError.self) { try progress.result(lost: lost).get() }
        #expect(error?.outcomeUnknown == false)
        #expect(error?.isUniqueViolation == true)
    }

    @Test func `a connection lost inside a transaction leaves no doubt`() throws {
        let flight = try Flight(["one"], begins: true, end: nil)
        let progress = Progress(flight, steps: [.execute(statement: 0), .execute(statement: 1)])
        let error = #expect(throws: DatabaseError.self) { try progress.result(lost: lost).get() }
        #expect(error?.outcomeUnknown == false)
        #expect(error?.isConnectionLost == true)
    }

    @Test func `the statement unused longest makes room`() {
        var cache = StatementCache(capacity: 2)
        func find(_ sql: String) -> StatementCache.Found {
            cache.takeOff()
            return cache.find(sql, types: [])
        }
        #expect(find("a") == .new("s1", replacing: nil))
        #expect(find("b") == .new("s2", replacing: nil))
        #expect(find("a") == .known("s1"))
        #expect(find("c") == .new("s3", replacing: "s2"))
        #expect(find("a") == .known("s1"))
        cache.forget("s1")
        #expect(find("a") == .new("s4", replacing: nil))
    }

    @Test func `a statement is prepared anew for other types, NULL fits any`() {
        var cache = StatementCache(capacity: 4)
        cache.takeOff()
        #expect(cache.find("a", types: [PostgresType.inferred]) == .new("s1", replacing: nil))
        cache.takeOff()
        #expect(cache.find("a", types: [PostgresType.int8]) == .new("s2", replacing: "s1"))
        #expect(cache.find("a", types: [PostgresType.inferred]) == .known("s2"))
    }

    @Test func `what is too much for one flight is refused before it is sent`() {
        let many = [Query](repeating: "SELECT 1", count: Flight.maximumStatements + 1)
        #expect(throws: DatabaseError.self) { try Flight(alone: many) }
        let huge = Query("SELECT $1", .bytes([UInt8](repeating: 0, count: Payload.maximumBytes)))
        #expect(throws: DatabaseError.self) { try Flight(alone: [huge]) }
    }
}
