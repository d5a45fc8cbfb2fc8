extension Audit {
    /// Orders: how they ended agrees with what happened to their parts.
    static let orders = [
        AuditCheck(
            "orders.completed", "a completed order is paid and all of it delivered, but what was cancelled",
            """
            select o.id, format('payment %s, %s of %s parts delivered', coalesce(p.state, 'none'), f.delivered, f.parts)
            from orders o left join payments p on p.order_id = o.id
            left join (
                select order_id, count(*) filter (where state <> 'cancelled') as parts, count(*) filter (where state = 'delivered') as delivered
                from fulfillment_orders group by order_id
            ) as f on f.order_id = o.id
            where o.ended = 'completed'
                and (coalesce(p.state, 'none') not in ('paid', 'refund_due', 'refunded') or f.delivered is distinct from f.parts or f.delivered = 0)
            """),
        AuditCheck(
            "orders.cancelled", "of a cancelled order nothing is paid and kept, and nothing is shipped",
            """
            select o.id, format('payment %s, part of merchant %s %s', coalesce(p.state, 'none'), f.merchant, f.state)
            from orders o left join payments p on p.order_id = o.id left join fulfillment_orders f on f.order_id = o.id
            where o.ended = 'cancelled' and (f.state <> 'cancelled' or p.state = 'paid' and p.paid_amount is distinct from
                (select coalesce(sum(r.amount), 0) from refunds r where r.order_id = o.id))
            """),
        AuditCheck(
            "orders.parcels", "a part that was shipped has a parcel, and one that was delivered a delivered one",
            """
            select f.order_id, format('part of merchant %s is %s, its parcel %s', f.merchant, f.state, coalesce(s.state, 'missing'))
            from fulfillment_orders f left join shipments s on s.order_id = f.order_id and s.fulfillment_id = f.id, terms
            where f.changed_at < terms.since
                and (f.state in ('partially_shipped', 'shipped') and s.id is null or f.state = 'delivered' and s.state is distinct from 'delivered')
            """),
        AuditCheck(
            "orders.told", "the buyer of every paid order was told so",
            """
            select p.order_id, format('paid at %s', p.paid_at)
            from payments p left join notices n on n.order_id = p.order_id and n.kind = 'paid' and n.channel = 'inbox', terms
            where p.state = 'paid' and p.paid_at < terms.since and n.order_id is null
            """),
    ]

    /// Overdue: every state that expects a next step has had it in time, or a timer for it.
    static let overdue = [
        AuditCheck(
            "overdue.placed", "every placed order reserves its stock",
            "select o.id, format('placed at %s', o.placed_at) from order_states o, terms where o.state = 'placed' and o.placed_at < terms.since"
        ),
        AuditCheck(
            "overdue.short", "every order that is short of stock is cancelled",
            "select o.id, format('placed at %s', o.placed_at) from order_states o, terms where o.state = 'short' and o.placed_at < terms.since"
        ),
        AuditCheck(
            "overdue.payment", "every reserved order's payment is opened, and ends when its time is up",
            """
            select o.id, format('reserved at %s; payment %s, until %s', m.at, o.payment, p.expires_at)
            from order_states o join stock_moves m on m.id = o.id left join payments p on p.order_id = o.id, terms
            where o.state = 'reserved' and m.at < terms.since
                and (o.payment in ('none', 'opening') or o.payment = 'open' and (p.expires_at is null or p.expires_at < terms.since))
            """),
        AuditCheck(
            "overdue.cancellation", "every order whose payment failed is cancelled",
            """
            select o.id, format('payment %s at %s', p.state, p.changed_at)
            from orders o join payments p on p.order_id = o.id, terms
            where o.ended is null and p.state in ('declined', 'expired', 'closed') and coalesce(p.changed_at, p.created_at) < terms.since
            """),
        AuditCheck(
            "overdue.release", "every paid order is released to its merchants",
            """
            select f.order_id, format('part of merchant %s, paid at %s', f.merchant, p.paid_at)
            from fulfillment_orders f join payments p on p.order_id = f.order_id, terms
            where f.state = 'planned' and p.state = 'paid' and p.paid_at < terms.since
            """),
        AuditCheck(
            "overdue.completion", "every delivered order is completed, or a timer will complete it",
            """
            select f.order_id, format('delivered at %s', max(f.changed_at))
            from fulfillment_orders f join orders o on o.id = f.order_id and o.ended is null, terms
            group by f.order_id
            having bool_and(f.state in ('delivered', 'cancelled')) and bool_or(f.state = 'delivered') and max(f.changed_at) < max(terms.since)
                and not exists (select from timers t where t.order_id = f.order_id and t.type = 'confirmation.due')
            """),
        AuditCheck(
            "overdue.answer", "every merchant that is asked whether something can be cancelled has answered, or had its time",
            """
            select f.order_id, format('part of merchant %s, to be answered by %s', f.merchant, f.answer_by)
            from fulfillment_orders f, terms where f.state = 'cancellation_requested' and f.answer_by < terms.since
            """),
        AuditCheck(
            "overdue.refund", "every refund that is due is settled",
            """
            select r.order_id, format('%s %s, due at %s, %s', r.amount, r.currency, r.due_at, r.state)
            from refunds r, terms where r.state <> 'settled' and r.due_at < terms.since
            """),
        AuditCheck(
            "overdue.mismatch", "no payment waits for a person to look at it",
            """
            select p.order_id, format('%s expected, %s paid: %s', p.amount, p.paid_amount, p.reason)
            from payments p where p.state = 'mismatched'
            """),
        AuditCheck(
            "overdue.notice", "no notice is left half sent",
            """
            select n.order_id, format('%s by %s, begun at %s', n.kind, n.channel, n.at)
            from notices n, terms where n.state = 'sending' and n.at < terms.since
            """),
    ]
}
