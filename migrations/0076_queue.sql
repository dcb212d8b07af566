-- The waiting room: one row an event that has a queue, one a place. A place's number is given by the queue's owner in memory, from ranges
-- that are set aside here; who was an owner before and still writes finds another epoch.
CREATE TABLE queues (
    event_id         uuid PRIMARY KEY,
    mode             text NOT NULL CHECK (mode IN ('off', 'on', 'auto')),
    slots            integer NOT NULL CHECK (slots BETWEEN 1 AND 1000000),
    minutes          integer NOT NULL CHECK (minutes BETWEEN 1 AND 120),
    auto_above       integer CHECK (auto_above BETWEEN 1 AND 1000000),
    buffer_seconds   integer NOT NULL CHECK (buffer_seconds BETWEEN 0 AND 600),
    rate_per_minute  integer CHECK (rate_per_minute BETWEEN 1 AND 1000000),
    grace_seconds    integer NOT NULL CHECK (grace_seconds BETWEEN 0 AND 3600),
    pre_queue_from   timestamptz,
    who_joins        text NOT NULL CHECK (who_joins IN ('anyone', 'signed_in')),
    ordered_by       text NOT NULL CHECK (ordered_by IN ('first_come', 'shuffle')),
    seed             bytea NOT NULL CHECK (octet_length(seed) = 32),
    epoch            integer NOT NULL DEFAULT 0 CHECK (epoch >= 0),
    reserved         integer NOT NULL DEFAULT 0 CHECK (reserved >= 0),  -- numbers below were, or may have been, given
    started_at       timestamptz,
    drawn            bytea,                                             -- the numbers of who came before the start, in their order, 4 bytes each
    CHECK ((mode = 'auto') = (auto_above IS NOT NULL)),
    CHECK ((started_at IS NULL) = (drawn IS NULL))
) WITH (fillfactor = 50);

-- w: waits; a: was admitted, until pass_until; l: left; o: over, that is: bought, or away when the turn came.
CREATE TABLE queue_places (
    event_id   uuid NOT NULL,
    number     integer NOT NULL CHECK (number >= 0),
    buyer_id   uuid NOT NULL,
    epoch      integer NOT NULL,
    joined_at  timestamptz NOT NULL,
    state      "char" NOT NULL DEFAULT 'w' CHECK (state IN ('w', 'a', 'l', 'o')),
    pass_id    uuid,
    pass_until timestamptz,
    PRIMARY KEY (event_id, number),
    CHECK (state <> 'w' OR pass_id IS NULL),
    CHECK (state <> 'a' OR pass_id IS NOT NULL),
    CHECK ((pass_id IS NULL) = (pass_until IS NULL))
) WITH (fillfactor = 90);
-- joining twice gives the same place
CREATE UNIQUE INDEX queue_places_buyer ON queue_places (event_id, buyer_id) WHERE state IN ('w', 'a');
-- who may be inside: looked for at each start
CREATE INDEX queue_places_inside ON queue_places (event_id) WHERE state = 'a';
ALTER TABLE queue_places SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.05);

-- All that a queue may know of its event: whose it is, when it is sold, and how many places are left; none: nothing was sold yet.
CREATE VIEW queue_terms AS
SELECT e.id AS event_id, e.organiser_id, e.queue_required, e.status = 'cancelled' AS cancelled, e.sale_opens_at,
       coalesce(e.sale_closes_at, e.starts_at) AS sale_closes_at, d.available
FROM events e LEFT JOIN desks d ON d.event_id = e.id;

INSERT INTO schema_works_with VALUES (76, 67);
