-- Orders, stock, payments and the ledger.
--
-- An order that goes its way writes one row into each of these tables and updates nothing but stock: how far it has come
-- follows from which rows are there (view order_states). Every row names the message that made it; journal has the rest.

-- Makes a transaction that relied on what it had read fail, where another one was quicker: the batch is run again (40001).
create function expect_rows(actual bigint, expected bigint, what text) returns void language plpgsql as $$
begin
    if actual <> expected then
        raise exception '%: % rows instead of %: another transaction was quicker', what, actual, expected using errcode = '40001';
    end if;
end $$;

create function refuse_change() returns trigger language plpgsql as $$
begin
    raise exception '% is append-only: % refused', tg_table_name, tg_op using errcode = '42501';
end $$;

-- What was agreed at placement, which never changes, and how it ended.
create table orders (
    id uuid primary key,                    -- UUIDv5 of storefront and key
    number bigint not null unique,          -- the number that people use
    storefront uuid not null,
    key text not null,                      -- the idempotency key it was submitted with
    digest bytea not null,                  -- SHA-256 of the submitted body: the same key with another one is refused
    currency text not null check (length(currency) = 3),
    method text not null,
    locale text not null,
    buyer_ref text not null,
    buyer_sealed text not null,             -- name, phone and address: AES-GCM
    phone_index text,                       -- blind index of the phone
    region text,
    goods bigint not null check (goods >= 0),
    discount bigint not null check (discount between 0 and goods),
    freight bigint not null check (freight >= 0),
    total bigint not null check (total = goods - discount + freight),
    submitted_at timestamptz not null,
    placed_at timestamptz not null,
    placed_by uuid not null,                -- message
    ended text check (ended in ('completed', 'cancelled')),     -- null while it is on its way
    ended_reason text,
    ended_at timestamptz,
    ended_by uuid,                          -- message
    check ((ended is null) = (ended_at is null) and (ended is null) = (ended_by is null))
) with (fillfactor = 90);

-- A merchant's part of an order, with its lines. Commission is frozen here.
create table fulfillment_orders (
    order_id uuid not null,
    id uuid not null,
    merchant uuid not null,
    state text not null default 'planned' check (state in ('planned', 'released', 'shipped', 'delivered', 'cancelled')),
    gross bigint not null check (gross >= 0),                   -- the goods' price less their part of the discount
    commission_bp integer not null check (commission_bp between 0 and 10000),
    lines integer[] not null,               -- numbers of the order's lines, from 1; the arrays below go with them
    skus text[] not null,
    quantities bigint[] not null check (0 < all (quantities)),
    unit_prices bigint[] not null check (0 <= all (unit_prices)),
    titles text[] not null,
    placed_by uuid not null,                -- message
    changed_at timestamptz,
    changed_by uuid,                        -- the message that changed the state last
    primary key (order_id, id),
    check (cardinality(lines) > 0 and cardinality(skus) = cardinality(lines) and cardinality(quantities) = cardinality(lines)
        and cardinality(unit_prices) = cardinality(lines) and cardinality(titles) = cardinality(lines))
) with (fillfactor = 85);

-- At most one row an order. A row in a state from which nothing is paid bars the payment: who cancels an order puts it there.
create table payments (
    order_id uuid primary key,
    state text not null check (state in ('opening', 'open', 'paid', 'declined', 'expired', 'closed', 'mismatched', 'refund_due', 'refunded')),
    method text not null,
    currency text not null,
    amount bigint not null check (amount >= 0),                 -- what is to be paid
    code_url text,                          -- what the buyer scans
    expires_at timestamptz,
    transaction_id text,                    -- the provider's name for what was paid
    paid_amount bigint,                     -- what was paid, by the provider's word
    paid_at timestamptz,
    reason text,
    created_at timestamptz not null,
    created_by uuid not null,               -- message
    changed_at timestamptz,
    changed_by uuid,                        -- message
    check (state <> 'paid' or (paid_at is not null and paid_amount = amount))
) with (fillfactor = 85);

create table refunds (
    id uuid primary key,                    -- the message that asked for it: also our name for it at the provider
    order_id uuid not null,
    state text not null default 'due' check (state in ('due', 'settled', 'failed')),
    reason text not null,
    currency text not null,
    amount bigint not null check (amount > 0),
    refund_id text,                         -- the provider's name for it
    due_at timestamptz not null,
    changed_at timestamptz,
    changed_by uuid                         -- message
);
create index refunds_order on refunds (order_id);

create table warehouses (
    code text collate "C" primary key check (length(code) between 1 and 32),
    name text not null,
    rank integer not null default 100       -- where there is a choice, the least is taken from first
);

-- How many pieces there are. Moved only along with a row of stock_moves; rows are locked in the order of the primary key.
create table stock (
    sku text collate "C" not null check (length(sku) between 1 and 64),
    warehouse text collate "C" not null references warehouses,
    available bigint not null default 0 check (available >= 0),
    reserved bigint not null default 0 check (reserved >= 0),
    received bigint not null default 0 check (received >= 0),
    shipped bigint not null default 0 check (shipped >= 0),
    restocked bigint not null default 0 check (restocked >= 0),
    written_off bigint not null default 0 check (written_off >= 0),
    primary key (sku, warehouse),
    constraint stock_is_conserved check (received = available + reserved + shipped - restocked + written_off)
) with (fillfactor = 40);

-- Every movement of stock, for ever. An order's reservation is its row of kind 'reserve', whose id is the order's own: with
-- empty arrays it holds nothing and bars the order from reserving later (it was short, or was cancelled before).
create table stock_moves (
    id uuid primary key,
    kind text not null check (kind in ('receive', 'reserve', 'release', 'ship', 'restock', 'write_off')),
    order_id uuid check (kind <> 'reserve' or order_id = id),
    lines integer[] not null,               -- numbers of the order's lines; the arrays below go with them
    skus text[] not null,
    warehouses text[] not null,
    quantities bigint[] not null check (0 < all (quantities)),
    at timestamptz not null,
    message_id uuid not null,
    check (cardinality(skus) = cardinality(quantities) and cardinality(warehouses) = cardinality(quantities)
        and cardinality(lines) = cardinality(quantities))
);
create index stock_moves_order on stock_moves (order_id) where kind <> 'reserve';
create unique index stock_moves_release on stock_moves (order_id) where kind = 'release';
create trigger append_only before update or delete or truncate on stock_moves for each statement execute function refuse_change();

create view stock_move_lines as
select m.id, m.kind, m.order_id, l.line, l.sku, l.warehouse, l.quantity, m.at, m.message_id
from stock_moves m, unnest(m.lines, m.skus, m.warehouses, m.quantities) as l (line, sku, warehouse, quantity);

-- Where a piece of stock is not what its movements say. Empty, always.
create view stock_discrepancies as
select sku, warehouse, available, reserved, moved_available, moved_reserved
from (
    select sku, warehouse,
        coalesce(sum(case kind when 'receive' then quantity when 'release' then quantity when 'restock' then quantity
            when 'reserve' then -quantity when 'write_off' then -quantity else 0 end), 0)::bigint as moved_available,
        coalesce(sum(case kind when 'reserve' then quantity when 'release' then -quantity when 'ship' then -quantity else 0 end), 0)::bigint
            as moved_reserved,
        coalesce(sum(quantity) filter (where kind = 'receive'), 0)::bigint as moved_received,
        coalesce(sum(quantity) filter (where kind = 'ship'), 0)::bigint as moved_shipped
    from stock_move_lines group by sku, warehouse
) as moved full join stock using (sku, warehouse)
where (available, reserved, received, shipped) is distinct from (moved_available, moved_reserved, moved_received, moved_shipped);

create function is_balanced(amounts bigint[]) returns boolean language sql immutable parallel safe as
$$ select coalesce(sum(amount), 0) = 0 from unnest(amounts) as amount $$;

-- The ledger: double entry, one row a posting, debits positive and credits negative. The first eight entries are added up in
-- the check itself, which costs nothing; only longer postings call a function.
create table postings (
    id uuid primary key,                    -- the order's own for 'paid', else derived from it: nothing is posted twice
    kind text not null,
    order_id uuid not null,
    currency text not null,
    accounts text[] not null,
    amounts bigint[] not null,
    at timestamptz not null,
    message_id uuid not null,
    check (cardinality(accounts) = cardinality(amounts) and cardinality(amounts) >= 2),
    constraint posting_is_complete check (array_position(accounts, null) is null and array_position(amounts, null) is null),
    constraint posting_is_balanced check ((
        case when cardinality(amounts) <= 8 then
            amounts[1] + amounts[2] + coalesce(amounts[3], 0) + coalesce(amounts[4], 0) + coalesce(amounts[5], 0)
                + coalesce(amounts[6], 0) + coalesce(amounts[7], 0) + coalesce(amounts[8], 0) = 0
        else is_balanced(amounts) end) is true)    -- an odd array adds up to null
);
create index postings_order on postings (order_id) where kind <> 'paid';
create trigger append_only before update or delete or truncate on postings for each statement execute function refuse_change();

create view ledger_entries as
select p.id, p.kind, p.order_id, p.currency, e.account, e.amount, p.at, p.message_id
from postings p, unnest(p.accounts, p.amounts) as e (account, amount);

create view account_balances as
select account, currency, sum(amount)::bigint as balance, count(*) as entries from ledger_entries group by account, currency;

-- How far each order has come, in the words of Commerce's OrderState.
create view order_states as
select o.id, o.number, o.storefront,
    case
        when o.ended is not null then o.ended
        when p.state = 'paid' then 'paid'
        when m.id is not null and cardinality(m.quantities) = 0 then 'short'
        when m.id is not null then 'reserved'
        else 'placed'
    end as state,
    coalesce(p.state, 'none') as payment, o.ended_reason, o.placed_at, o.ended_at
from orders o left join payments p on p.order_id = o.id left join stock_moves m on m.id = o.id;
