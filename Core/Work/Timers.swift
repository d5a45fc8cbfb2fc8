public import Database
internal import FoundationEssentials

/// Messages that wait for their time, in SQL. The clock publishes them; the intake puts here what the broker can't take.
public enum Timers {
    /// Keeps messages until they are due. One that is there already stays as it is.
    static func insert(_ outputs: [(output: Output, cause: UUID?)]) -> Query {
        insert(
            ids: outputs.map(\.output.id), due: outputs.map { $0.output.due ?? Date() }, types: outputs.map(\.output.type),
            orders: outputs.map(\.output.order), causes: outputs.map(\.cause), bodies: outputs.map(\.output.body))
    }

    /// Keeps messages that the broker could not take, to be handed over as soon as it can.
    public static func spool(_ envelopes: [Envelope]) -> Query {
        let now = Date()
        return insert(
            ids: envelopes.map(\.id), due: envelopes.map { _ in now }, types: envelopes.map(\.type), orders: envelopes.map(\.order),
            causes: envelopes.map(\.cause), bodies: envelopes.map(\.body))
    }

    private static func insert(ids: [UUID], due: [Date], types: [String], orders: [UUID?], causes: [UUID?], bodies: [[UInt8]]) -> Query {
        Query(
            """
            insert into timers (id, due_at, type, order_id, cause_id, body)
            select id, due_at, type, order_id, cause_id, convert_from(body, 'UTF8')
            from unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::uuid[], $5::uuid[], $6::bytea[])
                as timer (id, due_at, type, order_id, cause_id, body)
            on conflict (id) do nothing
            """,
            .uuids(ids), .timestamps(due), .texts(types), .optionalUUIDs(orders), .optionalUUIDs(causes), .byteStrings(bodies))
    }

    /// The messages that are due, oldest first: columns id, due_at, type, order_id, cause_id, body.
    static func due(limit: Int) -> Query {
        Query(
            "select id, due_at, type, order_id, cause_id, body from timers where due_at <= now() order by due_at limit $1",
            .integer(Int64(limit)))
    }

    static func delete(_ ids: [UUID]) -> Query {
        Query("delete from timers where id = any($1)", .uuids(ids))
    }
}
