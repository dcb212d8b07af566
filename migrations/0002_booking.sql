-- Selling: what is held, sold and paid. Its tables are named in booking/src/store/ and nowhere else, every one keyed by event first,
-- so that the same statements run on one Postgres and on one sharded by event. Rows of hot tables have no foreign keys: a desk writes
-- them by the thousand, and `boxoffice audit` proves what keys would have promised.

-- One desk an event: the fence that all its transactions pass, and the counts behind the badge in search.
CREATE TABLE desks (
    event_id     uuid PRIMARY KEY,
    version      bigint NOT NULL DEFAULT 0 CHECK (version >= 0),
    available    integer NOT NULL CHECK (available >= 0),
    held         integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold         integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
    blocked      integer NOT NULL DEFAULT 0 CHECK (blocked >= 0),
    capacity     integer NOT NULL,
    changed_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- changed_at in ten-second steps: what the badge reader's index holds, coarse so that most updates stay within their page
    changed_slot bigint NOT NULL DEFAULT floor(extract(epoch FROM clock_timestamp()) / 10),
    cancelled_at timestamptz,                       -- the event's orders are being, or were, given back
    CHECK (available + held + sold + blocked = capacity)
) WITH (fillfactor = 10);
CREATE INDEX desks_changed ON desks (changed_slot);
CREATE INDEX desks_cancelled ON desks (event_id) WHERE cancelled_at IS NOT NULL;

-- A seat is taken iff it has a row here: the key alone makes a double sale impossible.
CREATE TABLE allocations (
    event_id uuid NOT NULL,
    seat     integer NOT NULL CHECK (seat >= 0),
    hold_id  uuid,                                  -- the hold that took it, also once ordered; null: blocked by the organiser
    PRIMARY KEY (event_id, seat)
);

CREATE TABLE area_counts (
    event_id uuid NOT NULL,
    area     integer NOT NULL CHECK (area >= 0),    -- position in the seat map
    capacity integer NOT NULL CHECK (capacity > 0),
    held     integer NOT NULL DEFAULT 0 CHECK (held >= 0),
    sold     integer NOT NULL DEFAULT 0 CHECK (sold >= 0),
    blocked  integer NOT NULL DEFAULT 0 CHECK (blocked >= 0),
    PRIMARY KEY (event_id, area),
    CHECK (held + sold + blocked <= capacity)
) WITH (fillfactor = 10);

CREATE TABLE holds (
    event_id   uuid NOT NULL,
    id         uuid NOT NULL UNIQUE,
    buyer_id   uuid NOT NULL,
    state      text NOT NULL CHECK (state IN ('held', 'paying', 'ordered', 'released', 'lapsed')),
    until      timestamptz NOT NULL,
    seats      integer[] NOT NULL DEFAULT '{}',
    area       integer,
    quantity   integer CHECK (quantity BETWEEN 1 AND 10),
    tiers      text NOT NULL,                       -- one letter a seat, or the area's
    prices     bigint[] NOT NULL,                   -- one a seat, or of one area place
    total      bigint NOT NULL CHECK (total >= 0),
    currency   text NOT NULL,
    order_id   uuid,
    created_at timestamptz NOT NULL,
    ended_at   timestamptz,
    PRIMARY KEY (event_id, id),
    CHECK (until > created_at),
    CHECK ((area IS NULL) = (quantity IS NULL)),
    CHECK ((area IS NULL) = (cardinality(seats) > 0)),
    CHECK (cardinality(seats) <= 10),
    CHECK (CASE state
        WHEN 'held' THEN order_id IS NULL AND ended_at IS NULL
        WHEN 'paying' THEN order_id IS NULL AND ended_at IS NULL
        WHEN 'ordered' THEN order_id IS NOT NULL AND ended_at IS NOT NULL
        WHEN 'released' THEN order_id IS NULL AND ended_at IS NOT NULL
        WHEN 'lapsed' THEN order_id IS NULL AND ended_at >= until
    END)
) WITH (fillfactor = 70);

CREATE TABLE payments (
    event_id      uuid NOT NULL,
    id            uuid NOT NULL UNIQUE,
    hold_id       uuid NOT NULL,
    buyer_id      uuid NOT NULL,
    method        text NOT NULL CHECK (method IN ('free', 'sandbox')),
    state         text NOT NULL CHECK (state IN ('pending', 'captured', 'declined', 'refunded')),
    amount        bigint NOT NULL CHECK (amount >= 0),
    currency      text NOT NULL,
    provider_ref  text,                             -- the provider's id of the notice that settled it
    refund_reason text,
    order_id      uuid,
    contact_name  text NOT NULL,
    contact_email text NOT NULL,
    attendees     text[] NOT NULL DEFAULT '{}',
    created_at    timestamptz NOT NULL,
    settled_at    timestamptz,
    refunded_at   timestamptz,
    PRIMARY KEY (event_id, id),
    CHECK ((state = 'pending') = (settled_at IS NULL)),
    CHECK ((state = 'refunded') = (refunded_at IS NOT NULL) AND (state = 'refunded') = (refund_reason IS NOT NULL)),
    CHECK (CASE state WHEN 'captured' THEN order_id IS NOT NULL WHEN 'refunded' THEN true ELSE order_id IS NULL END)
) WITH (fillfactor = 70);
CREATE INDEX payments_hold ON payments (event_id, hold_id);

-- Notices of payment providers that were acted on: the same one again changes nothing.
CREATE TABLE payment_notices (
    event_id          uuid NOT NULL,
    provider_event_id text NOT NULL CHECK (length(provider_event_id) BETWEEN 1 AND 255),
    payment_id        uuid NOT NULL,
    at                timestamptz NOT NULL,
    PRIMARY KEY (event_id, provider_event_id)
);

CREATE TABLE orders (
    event_id      uuid NOT NULL,
    id            uuid NOT NULL UNIQUE,
    hold_id       uuid NOT NULL,
    buyer_id      uuid NOT NULL,
    payment_id    uuid NOT NULL,
    state         text NOT NULL CHECK (state IN ('paid', 'cancelled', 'refunded')),
    places        integer NOT NULL CHECK (places BETWEEN 1 AND 10),
    total         bigint NOT NULL CHECK (total >= 0),
    currency      text NOT NULL,
    contact_name  text NOT NULL,
    contact_email text NOT NULL,
    created_at    timestamptz NOT NULL,
    returned_at   timestamptz,
    PRIMARY KEY (event_id, id),
    UNIQUE (event_id, hold_id),                     -- one order a hold, whatever is paid twice
    CHECK ((state = 'paid') = (returned_at IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX orders_buyer ON orders (buyer_id, id);

CREATE TABLE tickets (
    event_id     uuid NOT NULL,
    id           uuid NOT NULL UNIQUE,
    order_id     uuid NOT NULL,
    buyer_id     uuid NOT NULL,
    position     smallint NOT NULL,
    seat         integer,
    area         integer,
    tier         text NOT NULL,
    price        bigint NOT NULL,
    currency     text NOT NULL,
    holder       text NOT NULL,
    edition      integer NOT NULL CHECK (edition > 0),   -- the event's edition when it was issued
    print_status text NOT NULL DEFAULT 'none' CHECK (print_status IN ('none', 'queued', 'drawn')),
    issued_at    timestamptz NOT NULL,
    PRIMARY KEY (event_id, id),
    UNIQUE (event_id, order_id, position),
    CHECK ((seat IS NULL) <> (area IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX tickets_buyer ON tickets (buyer_id, id);

-- One row per committed change of an event's inventory: what streams, other nodes and the audit read.
CREATE TABLE journal (
    event_id uuid NOT NULL,
    version  bigint NOT NULL CHECK (version > 0),
    at       timestamptz NOT NULL,
    changes  json NOT NULL,                         -- booking::change; json, not jsonb: it is read whole or not at all
    PRIMARY KEY (event_id, version)
);
ALTER TABLE journal ALTER COLUMN changes SET STORAGE EXTERNAL;   -- compressing a busy desk's rows costs more than their bytes

-- The decided outcome of a request with an Idempotency-Key, written in the transaction of its effect, kept 24 hours.
CREATE TABLE idempotency (
    owner       uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    outcome     jsonb NOT NULL,
    at          timestamptz NOT NULL,
    PRIMARY KEY (owner, key)
);
CREATE INDEX idempotency_at ON idempotency USING brin (at);

CREATE TABLE buyers (
    id         uuid PRIMARY KEY,
    created_at timestamptz NOT NULL
);

CREATE TABLE sessions (
    token_hash bytea PRIMARY KEY CHECK (length(token_hash) = 32),    -- SHA-256 of the token
    buyer_id   uuid NOT NULL REFERENCES buyers ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    CHECK (expires_at > created_at)
);
CREATE INDEX sessions_expiry ON sessions (expires_at);

CREATE TABLE api_keys (
    id         uuid PRIMARY KEY,
    key_hash   bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),  -- SHA-256 of the key
    role       text NOT NULL CHECK (role IN ('organiser', 'partner', 'admin')),
    name       text NOT NULL,
    created_at timestamptz NOT NULL,
    revoked_at timestamptz
);

-- A seat map that has sold or held anything stays: its seat numbers mean something in allocations. Until then the desk's row goes,
-- and a desk that still thinks in the old map misses its fence.
CREATE FUNCTION event_seats_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM desks WHERE event_id = OLD.id AND version = 0;
    IF EXISTS (SELECT FROM desks WHERE event_id = OLD.id) THEN
        RAISE EXCEPTION '%', CASE TG_OP WHEN 'DELETE' THEN 'event_in_use' ELSE 'seat_map_in_use' END USING ERRCODE = 'restrict_violation';
    END IF;
    DELETE FROM area_counts WHERE event_id = OLD.id;
    RETURN CASE TG_OP WHEN 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER event_seats_stay BEFORE UPDATE OF seat_map_id ON events FOR EACH ROW
    WHEN (OLD.seat_map_id IS DISTINCT FROM NEW.seat_map_id) EXECUTE FUNCTION event_seats_stay();
CREATE TRIGGER event_stays BEFORE DELETE ON events FOR EACH ROW EXECUTE FUNCTION event_seats_stay();
