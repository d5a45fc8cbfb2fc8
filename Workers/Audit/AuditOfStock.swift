extension Audit {
    /// Stock: every piece is where its movements say.
    static let stock = [
        AuditCheck(
            "stock.moves", "what is available, reserved, received and shipped of every SKU is what its movements add up to",
            """
            select sku || ' in ' || warehouse,
                format('available %s, by its moves %s; reserved %s, by its moves %s', available, moved_available, reserved, moved_reserved)
            from stock_discrepancies
            """),
        AuditCheck(
            "stock.conserved", "received = available + reserved + shipped − restocked + written off, for every SKU and warehouse",
            """
            select sku || ' in ' || warehouse, format('%s received, %s accounted for', received,
                available + reserved + shipped - restocked + written_off)
            from stock
            where received <> available + reserved + shipped - restocked + written_off or available < 0 or reserved < 0
            """),
        AuditCheck(
            "stock.overdrawn", "no order ships or gives back more than it reserved",
            """
            select order_id, format('%s of %s in %s', -sum(case kind when 'reserve' then quantity else -quantity end), sku, warehouse)
            from stock_move_lines where kind in ('reserve', 'release', 'ship')
            group by order_id, sku, warehouse having sum(case kind when 'reserve' then quantity else -quantity end) < 0
            """),
        AuditCheck(
            "stock.cancelled", "no cancelled order holds stock",
            """
            select l.order_id, format('holds %s of %s', sum(case l.kind when 'reserve' then l.quantity else -l.quantity end), l.sku)
            from stock_move_lines l join orders o on o.id = l.order_id, terms
            where l.kind in ('reserve', 'release', 'ship') and o.ended = 'cancelled' and o.ended_at < terms.since
            group by l.order_id, l.sku having sum(case l.kind when 'reserve' then l.quantity else -l.quantity end) > 0
            """),
        AuditCheck(
            "stock.completed", "no completed order holds stock: all of it was shipped",
            """
            select l.order_id, format('holds %s of %s', sum(case l.kind when 'reserve' then l.quantity else -l.quantity end), l.sku)
            from stock_move_lines l join orders o on o.id = l.order_id
            where l.kind in ('reserve', 'release', 'ship') and o.ended = 'completed'
            group by l.order_id, l.sku having sum(case l.kind when 'reserve' then l.quantity else -l.quantity end) <> 0
            """),
        AuditCheck(
            "stock.unpaid", "no shipped unit is unpaid",
            """
            select m.order_id, format('shipped at %s, its payment is %s', m.at, coalesce(p.state, 'none'))
            from stock_moves m left join payments p on p.order_id = m.order_id
            where m.kind = 'ship' and coalesce(p.state, 'none') not in ('paid', 'refund_due', 'refunded')
            """),
        AuditCheck(
            "stock.unheld", "no paid unit is without stock",
            """
            select wanted.order_id, format('%s of %s ordered and paid, %s held', wanted.quantity, wanted.sku, coalesce(held.quantity, 0))
            from (
                select f.order_id, l.sku, sum(l.quantity - coalesce(l.cancelled, 0)) as quantity
                from fulfillment_orders f, unnest(f.skus, f.quantities, f.cancelled) as l (sku, quantity, cancelled)
                where f.state <> 'cancelled' group by f.order_id, l.sku
            ) as wanted
            join payments p on p.order_id = wanted.order_id and p.state = 'paid'
            left join (
                select order_id, sku, sum(case kind when 'reserve' then quantity else -quantity end) as quantity
                from stock_move_lines where kind in ('reserve', 'release') group by order_id, sku
            ) as held on held.order_id = wanted.order_id and held.sku = wanted.sku
            where coalesce(held.quantity, 0) < wanted.quantity
            """),
        AuditCheck(
            "stock.counted", "what left of an order, and no more, is counted as shipped",
            """
            select counted.order_id, format('%s of line %s counted, %s left', counted.quantity, counted.line, coalesce(gone.quantity, 0))
            from (
                select f.order_id, l.line, coalesce(l.shipped, 0) as quantity, l.quantity - coalesce(l.cancelled, 0) as wanted
                from fulfillment_orders f, unnest(f.lines, f.quantities, f.cancelled, f.shipped) as l (line, quantity, cancelled, shipped)
                where f.state <> 'planned'
            ) as counted
            left join (
                select order_id, line, sum(quantity) as quantity from stock_move_lines where kind = 'ship' group by order_id, line
            ) as gone on gone.order_id = counted.order_id and gone.line = counted.line
            where counted.quantity <> coalesce(gone.quantity, 0) or counted.quantity > counted.wanted
            """),
    ]
}
