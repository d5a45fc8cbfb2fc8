-- Who speaks to the system, and the keys they show.

-- Where buyers order. A storefront sees its own orders only, and hears of them by signed webhook (Standard Webhooks).
CREATE TABLE storefronts (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- The language of notices where an order names none.
    locale text NOT NULL DEFAULT 'zh' CHECK (locale IN ('zh', 'en')),
    webhook_url text CHECK (webhook_url ~ '^https?://'),
    -- whsec_ and base64, as Standard Webhooks has it.
    webhook_secret text CHECK (webhook_secret LIKE 'whsec\_%'),
    created_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    CHECK (webhook_url IS NULL OR webhook_secret IS NOT NULL)
);

-- Who ships and is paid out.
CREATE TABLE merchants (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    -- Our share of what they sell, in basis points; frozen into each order when it is placed.
    commission_bp integer NOT NULL DEFAULT 0 CHECK (commission_bp BETWEEN 0 AND 10000),
    webhook_url text CHECK (webhook_url ~ '^https?://'),
    webhook_secret text CHECK (webhook_secret LIKE 'whsec\_%'),
    created_at timestamptz NOT NULL DEFAULT now(),
    closed_at timestamptz,
    CHECK (webhook_url IS NULL OR webhook_secret IS NOT NULL)
);

-- A key reads sk_<id>_<secret> and is shown once; only HMAC-SHA256(pepper, key) is kept, so a copy of this table opens nothing.
CREATE TABLE api_keys (
    id text PRIMARY KEY CHECK (id ~ '^[0-9a-z]{12}$'),
    hash bytea NOT NULL CHECK (length(hash) = 32),
    scope text NOT NULL CHECK (scope IN ('storefront', 'merchant', 'partner')),
    storefront uuid REFERENCES storefronts,
    merchant uuid REFERENCES merchants,
    -- A logistics or payment partner, by its name with us.
    partner text,
    label text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz,
    revoked_at timestamptz,
    CHECK (num_nonnulls(storefront, merchant, partner) = 1),
    CHECK (CASE scope WHEN 'storefront' THEN storefront IS NOT NULL WHEN 'merchant' THEN merchant IS NOT NULL ELSE partner IS NOT NULL END)
);
