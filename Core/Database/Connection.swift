actor Connection {
    func fly(_ flight: Flight) async throws -> [Rows] { [] }
    var isIdle: Bool { false }
}
struct Flight: Sendable {
    enum End { case commit, rollback }
    init(_ queries: [Query], begins: Bool, end: End?) throws {}
}
