-- What the world outside is told and tells: parcels, notices to buyers, webhooks.

-- A parcel: one for each fulfillment order. Several may share a waybill where a merchant packed several orders together.
create table shipments (
    id uuid primary key,                    -- UUIDv5 of fulfillment order, carrier and waybill
    order_id uuid not null,
    fulfillment_id uuid not null,
    carrier text collate "C" not null check (length(carrier) between 1 and 64),
    waybill text collate "C" not null check (length(waybill) between 1 and 64),
    -- How far it has come: goes up this list and never down.
    state text not null default 'dispatched'
        check (state in ('dispatched', 'moving', 'out_for_delivery', 'returning', 'returned', 'delivered')),
    needs_attention boolean not null default false,     -- the latest that is known of it is a problem
    dispatched_at timestamptz not null,                 -- by the merchant's word
    delivered_at timestamptz,                           -- by the carrier's, or the buyer's
    dispatched_by uuid not null,            -- message
    changed_at timestamptz,
    changed_by uuid,                        -- the message that changed the state last
    unique (order_id, fulfillment_id),
    check (state <> 'delivered' or delivered_at is not null)
) with (fillfactor = 85);
create index shipments_waybill on shipments (carrier, waybill);

-- Everything a carrier reported of a parcel, once: what is the same parcel, time and code is the same event.
create table tracking_events (
    shipment_id uuid not null,
    at timestamptz not null,                -- by the carrier's clock
    code text collate "C" not null,         -- the carrier's code; empty where it gave none
    says text not null,                     -- in the carrier's words
    reported_at timestamptz not null,
    message_id uuid not null,
    primary key (shipment_id, at, code)
);

-- What buyers were told: once of a kind, on a channel, about a subject (a parcel, or the order itself). Whose inbox it is
-- says the order. Holds no personal data.
create table notices (
    order_id uuid not null,
    kind text collate "C" not null,
    channel text collate "C" not null check (channel in ('inbox', 'sms')),
    subject uuid not null,
    -- An SMS is claimed before it is sent ('sending'), so that whoever finds a claim of a process that died knows that it may
    -- have been sent and doesn't send it again. 'released' was certainly not sent and may be claimed again.
    state text not null check (state in ('sent', 'sending', 'released', 'refused', 'unknown')),
    title text not null default '',
    body text not null default '',
    reference text,                         -- the provider's name for it, or why it was refused
    message_id uuid not null,
    at timestamptz not null,
    primary key (order_id, kind, channel, subject)
);

-- Endpoints that answered 410 Gone: not called again until their owner names another URL.
create table webhook_endpoints_gone (
    party uuid not null,                    -- the storefront or the merchant
    url text not null,
    message_id uuid not null,
    at timestamptz not null,
    primary key (party, url)
);
