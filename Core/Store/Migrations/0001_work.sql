-- What the engine needs: it knows no orders.

-- One row for each message that a worker has done: inbox, outbox, audit trail and the orders' history at once.
-- Ids begin with the time of their story (Work/MessageID), so a partition is a range of ids: one a day, pruned by dropping it.
create table journal (
    message_id uuid not null,
    worker text not null,
    type text not null,
    order_id uuid,
    cause_id uuid,                      -- the message that caused it; null for what came from outside
    attempt smallint not null,
    outcome text not null,
    at timestamptz not null,
    took_us integer not null,           -- how long its batch took, in microseconds
    body text,                          -- only where no journalled message caused it
    outputs text,                       -- what it caused: a JSON array of {id, type, order, due_at_ms, body}
    primary key (message_id, worker)
) partition by range (message_id);

-- A story's rows lie side by side under its ids, so an order is found by the messages that began its stories.
create index journal_stories on journal (order_id) where cause_id is null;

-- Messages that wait for their time, and what the broker could not take.
create table timers (
    id uuid primary key,
    due_at timestamptz not null,
    type text not null,
    order_id uuid,
    cause_id uuid,
    body text not null
);
create index timers_due on timers (due_at);

-- Messages that no worker could do. Filed here so that operators can look, mend, retry and discard without touching a queue.
create table dead_letters (
    queue text not null,
    message_id uuid not null,           -- made from the content where the message had none
    type text,
    order_id uuid,
    cause_id uuid,
    reason text not null,
    fingerprint text not null,          -- type, worker and reason without its variable parts: what failed alike has it alike
    attempt smallint not null,
    headers text not null,              -- as they came: a JSON object
    body bytea not null,
    first_at timestamptz not null,
    last_at timestamptz not null,
    times integer not null default 1,
    state text not null default 'open' check (state in ('open', 'retried', 'discarded')),
    primary key (queue, message_id)
);
create index dead_letters_open on dead_letters (fingerprint) where state = 'open';
