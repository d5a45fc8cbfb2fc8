public import Database
public import FoundationEssentials
internal import JSON

/// What became of an order, as the journal has it: every message about it, in the order in which they were done.
public struct Journey: Sendable {
    /// One message, done by one worker.
    public struct Step: Sendable {
        public let message: UUID
        public let cause: UUID?
        public let type: String
        public let worker: String
        public let attempt: Int
        public let outcome: String
        public let at: Date
        /// How long the batch took that it was done in.
        public let took: Duration
        /// The types of the messages that it caused.
        public let caused: [String]
    }

    public let order: UUID
    public let steps: [Step]
    /// Messages about the order that wait for their time: type and due time.
    public let waiting: [(type: String, due: Date)]
    /// Messages about the order that no worker could do: type, queue and reason.
    public let dead: [(type: String, queue: String, reason: String)]

    /// Reads an order's journey.
    public static func of(_ order: UUID, in database: Database) async throws -> Journey {
        // A story's ids begin with the same 48 bits, so its rows are one range of the journal's key.
        let steps = try await database.query(
            Query(
                """
                with story as (
                    select distinct substr(message_id::text, 1, 13) as beginning from journal where order_id = $1 and cause_id is null
                )
                select j.message_id, j.cause_id, j.type, j.worker, j.attempt, j.outcome, j.at, j.took_us, j.outputs
                from story
                join journal j on j.message_id >= (story.beginning || '-0000-0000-000000000000')::uuid
                    and j.message_id <= (story.beginning || '-ffff-ffff-ffffffffffff')::uuid
                where j.order_id = $1
                order by j.at, j.message_id
                """, .uuid(order)))
        let waiting = try await database.query(
            Query("select type, due_at from timers where order_id = $1 order by due_at", .uuid(order)))
        let dead = try await database.query(
            Query("select coalesce(type, '?'), queue, reason from dead_letters where order_id = $1 and state = 'open'", .uuid(order)))
        return Journey(
            order: order,
            steps: try steps.map { row in
                Step(
                    message: try row.uuid(0), cause: try row.optionalUUID(1), type: try row.text(2), worker: try row.text(3),
                    attempt: Int(try row.integer(4)), outcome: try row.text(5), at: try row.timestamp(6),
                    took: .microseconds(try row.integer(7)),
                    caused: try row.optionalText(8).map { try Journal.decode(Array($0.utf8)).map(\.type) } ?? [])
            },
            waiting: try waiting.map { (try $0.text(0), try $0.timestamp(1)) },
            dead: try dead.map { (try $0.text(0), try $0.text(1), try $0.text(2)) })
    }
}
