-- Who speaks to the system, and the keys they show.

-- Where buyers order. A storefront sees its own orders only, and hears of them by signed webhook (Standard Webhooks).
create table storefronts (
    id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    -- The language of notices where an order names none.
    locale text not null default 'zh' check (locale in ('zh', 'en')),
    webhook_url text check (webhook_url ~ '^https?://'),
    -- whsec_ and base64, as Standard Webhooks has it.
    webhook_secret text check (webhook_secret like 'whsec\_%'),
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    check (webhook_url is null or webhook_secret is not null)
);

-- Who ships and is paid out.
create table merchants (
    id uuid primary key,
    name text not null check (length(name) between 1 and 200),
    -- Our share of what they sell, in basis points; frozen into each order when it is placed.
    commission_bp integer not null default 0 check (commission_bp between 0 and 10000),
    webhook_url text check (webhook_url ~ '^https?://'),
    webhook_secret text check (webhook_secret like 'whsec\_%'),
    created_at timestamptz not null default now(),
    closed_at timestamptz,
    check (webhook_url is null or webhook_secret is not null)
);

-- A key reads sk_<id>_<secret> and is shown once; only HMAC-SHA256(pepper, key) is kept, so a copy of this table opens nothing.
create table api_keys (
    id text primary key check (id ~ '^[0-9a-z]{12}$'),
    hash bytea not null check (length(hash) = 32),
    scope text not null check (scope in ('storefront', 'merchant', 'partner')),
    storefront uuid references storefronts,
    merchant uuid references merchants,
    -- A logistics or payment partner, by its name with us.
    partner text,
    label text not null default '',
    created_at timestamptz not null default now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    check (num_nonnulls(storefront, merchant, partner) = 1),
    check (case scope when 'storefront' then storefront is not null when 'merchant' then merchant is not null else partner is not null end)
);
