extension Audit {
    /// Money: every fen that came in has a place in the ledger, and every place a reason.
    static let money = [
        AuditCheck(
            "money.shares", "the merchants' parts of an order and its freight sum to its total",
            """
            select o.id, format('total %s, parts %s and freight %s', o.total, f.gross, o.freight)
            from orders o left join (select order_id, sum(gross) as gross from fulfillment_orders group by order_id) as f on f.order_id = o.id
            where coalesce(f.gross, 0) + o.freight <> o.total
            """),
        AuditCheck(
            "money.amount", "what was paid for an order is its total, in its currency",
            """
            select o.id, format('total %s %s, paid %s %s', o.total, o.currency, p.paid_amount, p.currency)
            from orders o join payments p on p.order_id = o.id
            where p.state = 'paid' and (p.paid_amount is distinct from o.total or p.currency <> o.currency)
            """),
        AuditCheck(
            "money.balanced", "the debits and credits of every posting sum to zero",
            """
            select p.id, format('%s of order %s is off by %s', p.kind, p.order_id, (select sum(amount) from unnest(p.amounts) as amount))
            from postings p where (select sum(amount) from unnest(p.amounts) as amount) <> 0
            """),
        AuditCheck(
            "money.posted", "every payment is in the ledger, with the amount that was paid",
            """
            select p.order_id, format('paid %s at %s, posted %s', p.paid_amount, p.paid_at,
                coalesce((select sum(amount) from unnest(l.amounts) as amount where amount > 0)::text, 'nothing'))
            from payments p left join postings l on l.id = p.order_id, terms
            where p.state = 'paid' and p.paid_amount > 0 and p.paid_at < terms.since
                and (select sum(amount) from unnest(l.amounts) as amount where amount > 0) is distinct from p.paid_amount
            """),
        AuditCheck(
            "money.claimed", "the ledger knows of no payment that did not happen",
            """
            select l.order_id, format('posted at %s, its payment is %s', l.at, coalesce(p.state, 'none'))
            from postings l left join payments p on p.order_id = l.order_id
            where l.kind = 'paid' and coalesce(p.state, 'none') not in ('paid', 'refund_due', 'refunded')
            """),
        AuditCheck(
            "money.commission", "each merchant is credited the price less the commission that was frozen at placement",
            """
            select due.order_id, format('merchant %s: %s due, %s posted', due.merchant, due.net, coalesce(-posted.amount, 0))
            from (
                select order_id, merchant, sum(gross - (gross * commission_bp + 5000) / 10000) as net
                from fulfillment_orders group by order_id, merchant
            ) as due
            join postings l on l.id = due.order_id and l.kind = 'paid'
            left join lateral (
                select sum(e.amount) as amount from unnest(l.accounts, l.amounts) as e (account, amount)
                where e.account = 'pending:' || due.merchant
            ) as posted on true
            where coalesce(-posted.amount, 0) <> due.net
            """),
        AuditCheck(
            "money.payable", "nothing of a completed order is still pending",
            """
            select e.order_id, format('%s has %s', e.account, sum(e.amount))
            from ledger_entries e join orders o on o.id = e.order_id, terms
            where e.account like 'pending:%' and o.ended = 'completed' and o.ended_at < terms.since
            group by e.order_id, e.account having sum(e.amount) <> 0
            """),
        AuditCheck(
            "money.refunds", "every refund is in the ledger",
            """
            select r.order_id, format('%s given back, %s posted', sum(r.amount), coalesce(min(posted.amount), 0))
            from refunds r left join (
                select order_id, sum((select sum(amount) from unnest(accounts, amounts) as e (account, amount)
                    where amount < 0 and account like 'clearing:%')) * -1 as amount
                from postings where kind = 'refunded' group by order_id
            ) as posted on posted.order_id = r.order_id, terms
            where r.state = 'settled' and r.changed_at < terms.since
            group by r.order_id having sum(r.amount) <> coalesce(min(posted.amount), 0)
            """),
        AuditCheck(
            "money.returned", "what goes back is what was cancelled of a paid order, and never more than came in",
            """
            select r.order_id, format('%s to be given back, %s cancelled, %s paid', r.amount, due.amount, p.paid_amount)
            from (select order_id, sum(amount) as amount, bool_or(reason = 'late_payment') as is_late from refunds group by order_id) as r
            join orders o on o.id = r.order_id join payments p on p.order_id = r.order_id
            join lateral (
                select sum(f.refunded) + case when bool_and(f.state = 'cancelled') then o.freight else 0 end as amount
                from fulfillment_orders f where f.order_id = r.order_id
            ) as due on true
            where r.amount > coalesce(p.paid_amount, 0) or not r.is_late and r.amount <> due.amount
            """),
    ]
}
