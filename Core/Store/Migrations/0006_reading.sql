-- Indexes by which storefronts and merchants list what is theirs. They cost every placement a little, so there are three:
-- the times are a batch's, so equal ones share an entry, and new entries go to the end of their owner's range.

-- A storefront's orders, newest first, of one ending or of all (a branch for each; null is no value that an index is ordered
-- behind, hence the empty text). Store/OrderSearch: list, list by state, time range.
create index orders_storefront on orders (storefront, coalesce(ended, ''), placed_at);

-- Orders by phone, newest first: 8 bytes of a hash of the blind index instead of its 32; the whole is compared in the row.
create index orders_phone on orders (hashtextextended(phone_index, 0), placed_at) where phone_index is not null;

-- A merchant's fulfillment orders of a state, newest first: a message's id begins with the time of its story.
create index fulfillment_orders_merchant on fulfillment_orders (merchant, state, placed_by);
