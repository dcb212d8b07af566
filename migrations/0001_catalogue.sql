-- The catalogue: what can be found. Its tables are named in catalog/src/store/ and nowhere else;
-- booking reads it only through the view sale_terms at the end of this file.

CREATE TABLE cities (
    id           uuid PRIMARY KEY,
    external_id  text UNIQUE,                       -- GeoNames id for the demo; none for cities made from a venue's address
    slug         text NOT NULL,
    name         text NOT NULL,
    region       text NOT NULL DEFAULT '',
    country      text NOT NULL CHECK (country ~ '^([A-Z]{2})?$'),
    country_name text NOT NULL DEFAULT '',
    lat          double precision CHECK (lat BETWEEN -90 AND 90),
    lon          double precision CHECK (lon BETWEEN -180 AND 180),
    timezone     text NOT NULL DEFAULT 'UTC',
    population   bigint NOT NULL DEFAULT 0,
    aliases      text[] NOT NULL DEFAULT '{}',
    CHECK ((lat IS NULL) = (lon IS NULL))
);
CREATE UNIQUE INDEX cities_name ON cities (country, region, name);

CREATE TABLE venues (
    id           uuid PRIMARY KEY,
    external_id  text UNIQUE,
    slug         text NOT NULL,
    name         text NOT NULL CHECK (name <> ''),
    kind         text NOT NULL DEFAULT 'hall',
    city_id      uuid REFERENCES cities,
    address      text NOT NULL DEFAULT '',
    postal_code  text NOT NULL DEFAULT '',
    district     text NOT NULL DEFAULT '',
    lat          double precision CHECK (lat BETWEEN -90 AND 90),
    lon          double precision CHECK (lon BETWEEN -180 AND 180),
    timezone     text NOT NULL DEFAULT 'UTC',
    capacity     integer CHECK (capacity >= 0),
    aliases      text[] NOT NULL DEFAULT '{}',
    description  text NOT NULL DEFAULT '',
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK ((lat IS NULL) = (lon IS NULL))
);
CREATE INDEX venues_city ON venues (city_id);
CREATE INDEX venues_name ON venues (name, id);

-- A map never changes: a new version is a new row.
CREATE TABLE seat_maps (
    id         uuid PRIMARY KEY,
    venue_id   uuid NOT NULL REFERENCES venues ON DELETE CASCADE,
    name       text NOT NULL,
    version    integer NOT NULL CHECK (version > 0),
    sha256     bytea NOT NULL,
    capacity   integer NOT NULL CHECK (capacity > 0),
    map        jsonb NOT NULL,                      -- domain::SeatMap
    created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (venue_id, name, version)
);

CREATE TABLE performers (
    id          uuid PRIMARY KEY,
    external_id text UNIQUE,
    slug        text NOT NULL,
    name        text NOT NULL CHECK (name <> ''),
    sort_name   text NOT NULL DEFAULT '',
    kind        text NOT NULL DEFAULT 'performer',
    kinds       text[] NOT NULL DEFAULT '{}',
    instruments text[] NOT NULL DEFAULT '{}',
    sport       text NOT NULL DEFAULT '',
    city        text NOT NULL DEFAULT '',
    country     text NOT NULL DEFAULT '',
    aliases     text[] NOT NULL DEFAULT '{}',
    description text NOT NULL DEFAULT '',
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX performers_name ON performers (name, id);

CREATE TABLE series (
    id          uuid PRIMARY KEY,
    external_id text UNIQUE,
    slug        text NOT NULL,
    title       text NOT NULL CHECK (title <> ''),
    kind        text NOT NULL DEFAULT 'series',     -- tour, play, film, season, festival, series
    category    text NOT NULL DEFAULT '',
    description text NOT NULL DEFAULT '',
    version     bigint NOT NULL DEFAULT 1,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX series_title ON series (title, id);

CREATE TABLE events (
    id              uuid PRIMARY KEY,
    external_id     text UNIQUE,
    slug            text NOT NULL,
    title           text NOT NULL CHECK (title <> ''),
    description     text NOT NULL DEFAULT '',
    category        text NOT NULL DEFAULT '',
    genre           text NOT NULL DEFAULT '',
    event_type      text NOT NULL DEFAULT '',
    season          text NOT NULL DEFAULT '',
    topics          text[] NOT NULL DEFAULT '{}',
    works           jsonb NOT NULL DEFAULT '[]',    -- [{ composer, title, movements? }]
    series_id       uuid REFERENCES series,
    venue_id        uuid REFERENCES venues,
    starts_at       timestamptz NOT NULL,
    ends_at         timestamptz CHECK (ends_at >= starts_at),
    start_precision text NOT NULL DEFAULT 'minute' CHECK (start_precision IN ('minute', 'day')),
    timezone        text NOT NULL DEFAULT 'UTC',
    status          text NOT NULL DEFAULT 'scheduled' CHECK (status IN ('scheduled', 'postponed', 'cancelled', 'awarded', 'abandoned')),
    url             text NOT NULL DEFAULT '',
    online          boolean NOT NULL DEFAULT false,
    source          text NOT NULL DEFAULT '',
    popularity      integer NOT NULL DEFAULT 0 CHECK (popularity >= 0),
    -- what is sold, and when; an event without a seat map or without tiers is not on sale
    seat_map_id     uuid REFERENCES seat_maps,
    tiers           jsonb NOT NULL DEFAULT '[]',    -- [domain::Tier], all of one currency
    tier_of         jsonb NOT NULL DEFAULT '{}',    -- { "<section or area id>": "<tier id>" } where the map's own tier does not hold
    price_from      bigint,
    price_to        bigint,
    currency        text,
    sale_opens_at   timestamptz,
    sale_closes_at  timestamptz,
    buyer_limit     integer CHECK (buyer_limit > 0),
    queue_required  boolean NOT NULL DEFAULT false,
    edition         integer NOT NULL DEFAULT 1 CHECK (edition > 0),   -- grows when what a ticket shows changes
    version         bigint NOT NULL DEFAULT 1,                        -- grows with every change
    created_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    CHECK (sale_closes_at IS NULL OR sale_opens_at IS NOT NULL),
    CHECK (sale_closes_at > sale_opens_at),
    CHECK ((price_from IS NULL) = (currency IS NULL) AND (price_from IS NULL) = (price_to IS NULL))
);
CREATE INDEX events_venue ON events (venue_id, starts_at, id);
CREATE INDEX events_series ON events (series_id, starts_at, id);
CREATE INDEX events_start ON events (starts_at, id);

CREATE TABLE event_performers (
    event_id     uuid NOT NULL REFERENCES events ON DELETE CASCADE,
    position     smallint NOT NULL,
    performer_id uuid NOT NULL REFERENCES performers,
    role         text NOT NULL DEFAULT '',
    instrument   text NOT NULL DEFAULT '',
    PRIMARY KEY (event_id, position)
);
CREATE INDEX event_performers_performer ON event_performers (performer_id, event_id);

-- The catalogue change feed, written in the same transaction as the row it speaks of. A sequence's order is not commit order, so
-- readers take only rows whose transaction lies below the oldest running one: xid < pg_snapshot_xmin(pg_current_snapshot()).
CREATE TABLE catalog_changes (
    seq  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    xid  xid8 NOT NULL DEFAULT pg_current_xact_id(),
    kind text NOT NULL CHECK (kind IN ('event', 'series', 'performer', 'venue', 'city')),
    id   uuid NOT NULL,
    at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
CREATE INDEX catalog_changes_xid ON catalog_changes (xid, seq);

-- What POST with an Idempotency-Key made, kept 24 hours, written with the row it made.
CREATE TABLE catalog_creations (
    owner       uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    kind        text NOT NULL,
    id          uuid NOT NULL,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (owner, key)
);

-- All that booking may know of an event. A version that moved tells a desk to read its terms again.
CREATE VIEW sale_terms AS
SELECT e.id AS event_id, e.version, e.edition, e.title, e.status, e.starts_at, e.timezone,
       e.seat_map_id, e.tiers, e.tier_of, e.currency,
       e.sale_opens_at, coalesce(e.sale_closes_at, e.starts_at) AS sale_closes_at, e.buyer_limit, e.queue_required,
       m.map, m.sha256 AS map_sha256,
       v.name AS venue_name, c.name AS city_name
FROM events e
LEFT JOIN seat_maps m ON m.id = e.seat_map_id
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id;
