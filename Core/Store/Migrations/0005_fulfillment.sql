-- What becomes of a fulfillment order on its way: merchants accept it, hold it, refuse it, ship it in parts; storefronts cancel it.

alter table fulfillment_orders drop constraint fulfillment_orders_state_check;
alter table fulfillment_orders add constraint fulfillment_orders_state_check check (state in ('planned', 'released', 'accepted',
    'on_hold', 'cancellation_requested', 'partially_shipped', 'shipped', 'delivered', 'cancelled'));
alter table fulfillment_orders
    add column cancelled bigint[],              -- how many pieces of each line will never be shipped; null for none
    add column shipped bigint[],                -- how many of each have left; null for none
    add column refunded bigint not null default 0,      -- what of gross goes back, or went, to the buyer
    add column note text,                       -- why it is on hold
    add column asked_by uuid,                   -- the message that wants it cancelled, while the merchant has to answer
    add column answer_by timestamptz,           -- until when
    add constraint fulfillment_orders_refunded_check check (refunded between 0 and gross),
    add constraint fulfillment_orders_counts_check check (
        (cancelled is null or cardinality(cancelled) = cardinality(lines) and 0 <= all (cancelled))
        and (shipped is null or cardinality(shipped) = cardinality(lines) and 0 <= all (shipped))),
    add constraint fulfillment_orders_asked_check check ((state = 'cancellation_requested') = (asked_by is not null)
        and (asked_by is null) = (answer_by is null));
-- What ended before there were counts.
update fulfillment_orders set cancelled = quantities where state = 'cancelled';
update fulfillment_orders set shipped = quantities where state in ('shipped', 'delivered');

-- A paid order's parts let go of their stock one by one. That nothing is let go twice is seen to by the movements' ids, which
-- follow from the order or the message, and by the lock of the order.
drop index stock_moves_release;

-- Several parcels may carry one fulfillment order.
alter table shipments drop constraint shipments_order_id_fulfillment_id_key;
create index shipments_order on shipments (order_id, fulfillment_id);
alter table shipments
    add column lines integer[],                 -- numbers of the order's lines that it carries; null for all of its fulfillment order
    add column quantities bigint[],             -- how many pieces of each
    add constraint shipments_lines_check check ((lines is null) = (quantities is null) and cardinality(lines) = cardinality(quantities)
        and 0 < all (quantities));

-- How each line of an order stands.
create view order_lines as
select f.order_id, f.id as fulfillment_id, f.merchant, l.line, l.sku, l.title, l.unit_price, l.quantity as ordered,
    coalesce(l.cancelled, 0) as cancelled, coalesce(l.shipped, 0) as shipped,
    case when f.state = 'delivered' then coalesce(l.shipped, 0) else coalesce((
        select sum(p.quantity) from shipments s, unnest(s.lines, s.quantities) as p (line, quantity)
        where s.order_id = f.order_id and s.fulfillment_id = f.id and s.state = 'delivered' and p.line = l.line), 0)::bigint end as delivered
from fulfillment_orders f,
    unnest(f.lines, f.skus, f.titles, f.unit_prices, f.quantities, f.cancelled, f.shipped)
        as l (line, sku, title, unit_price, quantity, cancelled, shipped);
