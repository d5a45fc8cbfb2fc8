internal import Commerce
public import Database
public import FoundationEssentials
internal import JSON

/// Something that became of an order: a message that was caused, as the journal has it.
public struct OrderFeedEntry: Sendable, Equatable {
    public let order: UUID
    /// The message's id: the same whenever it is read.
    public let id: UUID
    public let type: String
    /// When the message that caused it was done.
    public let at: Date
    /// A JSON object. May hold what is sealed: tell only what is known to be fit for telling.
    public let body: [UInt8]
}

/// What became of orders, out of the journal.
public enum OrderFeed {
    /// Orders, and since when: what was journalled before is left out.
    ///
    /// An order's rows stand in its stories. Those that began with the order are found by it; those that a carrier's word about a
    /// parcel began are named by what they changed. The index `journal_stories` finds the former; all else are primary keys.
    public static func query(_ watched: [(order: UUID, since: Date)]) -> Query {
        Query(
            """
            with watched as (select order_id, since from unnest($1::uuid[], $2::timestamptz[]) as w (order_id, since)),
            named as (
                select w.order_id, w.since, j.message_id from watched w join journal j on j.order_id = w.order_id and j.cause_id is null
                union all select w.order_id, w.since, o.ended_by from watched w join orders o on o.id = w.order_id
                union all select w.order_id, w.since, s.changed_by from watched w join shipments s on s.order_id = w.order_id
                union all
                select w.order_id, w.since, t.message_id from watched w join shipments s on s.order_id = w.order_id
                    join tracking_events t on t.shipment_id = s.id),
            story as (
                select distinct order_id, since, substr(message_id::text, 1, 13) as beginning from named where message_id is not null)
            select story.order_id, j.at, j.outputs
            from story
            join journal j on j.message_id >= (story.beginning || '-0000-0000-000000000000')::uuid
                and j.message_id <= (story.beginning || '-ffff-ffff-ffffffffffff')::uuid
            where (j.order_id = story.order_id or j.order_id is null) and j.outputs is not null and j.at >= story.since
            order by j.at, j.message_id, j.worker
            """, .uuids(watched.map(\.order)), .timestamps(watched.map(\.since)))
    }

    /// Reads what ``query(_:)`` brings, in the order in which it happened.
    public static func decode(_ rows: Rows) throws -> [OrderFeedEntry] {
        var entries: [OrderFeedEntry] = []
        for row in rows {
            let (order, at) = (try row.uuid(0), try row.timestamp(1))
            guard case .array(let outputs) = try JSON.parse(Array(try row.text(2).utf8), limits: JSON.Limits(depth: 64)) else { continue }
            for output in outputs {
                var json = try JSONObject(output)
                guard try json.optionalUUID("order") == order else { continue }
                entries.append(
                    OrderFeedEntry(
                        order: order, id: try json.uuid("id"), type: try json.string("type"), at: at, body: try json.required("body").text))
            }
        }
        return entries
    }
}

extension Access {
    /// What became of orders; see ``OrderFeed``.
    public func feed(_ watched: [(order: UUID, since: Date)]) async throws -> [OrderFeedEntry] {
        try OrderFeed.decode(try await database.query(OrderFeed.query(watched)))
    }
}
