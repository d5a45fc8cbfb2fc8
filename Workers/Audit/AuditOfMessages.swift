extension Audit {
    /// Messages: each is in exactly one final place.
    static let messages = [
        AuditCheck(
            "messages.place",
            "every message that was caused is done, filed as a dead letter or waiting for its time, by every queue it goes to",
            """
            select coalesce(caused.order_id::text, caused.id::text),
                format('%s %s for %s, caused at %s by %s', caused.type, caused.id, handler.queue, caused.at, caused.worker)
            from (
                select (o ->> 'id')::uuid as id, o ->> 'type' as type, (o ->> 'due_at_ms')::int8 as due_at_ms, j.order_id, j.at, j.worker
                from journal j, jsonb_array_elements(j.outputs::jsonb) as o, terms where j.outputs is not null and j.at < terms.since
            ) as caused
            join (select h.type, h.queue from terms, unnest(terms.types, terms.queues) as h (type, queue)) as handler on handler.type = caused.type
            left join journal done on done.message_id = caused.id and done.worker = handler.queue
            left join dead_letters dead on dead.message_id = caused.id and dead.queue = handler.queue
            left join timers timer on timer.id = caused.id, terms
            where done.message_id is null and dead.message_id is null and timer.id is null
                and (caused.due_at_ms is null or to_timestamp(caused.due_at_ms / 1000.0) < terms.since)
            """),
        AuditCheck(
            "messages.once", "no message is both done and an open dead letter of the same queue",
            """
            select d.message_id, format('%s in %s: %s', d.type, d.queue, d.reason)
            from dead_letters d join journal j on j.message_id = d.message_id and j.worker = d.queue where d.state = 'open'
            """),
        AuditCheck(
            "messages.dead", "no dead letter waits for an operator",
            """
            select coalesce(d.order_id::text, d.message_id::text), format('%s in %s: %s', d.type, d.queue, d.reason)
            from dead_letters d where d.state = 'open'
            """),
        AuditCheck(
            "messages.timers", "no message waits past its time",
            """
            select coalesce(t.order_id::text, t.id::text), format('%s, due at %s', t.type, t.due_at)
            from timers t, terms where t.due_at < terms.since
            """),
    ]
}
