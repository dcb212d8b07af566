-- Organisers as tenants, and what keys may do. All that is here already belongs to the house: `import`, `demo` and keys made without
-- another word belong to it too. Its id is domain::OrganiserId::HOUSE.
CREATE TABLE organisers (
    id         uuid PRIMARY KEY,
    name       text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    created_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
INSERT INTO organisers (id, name) VALUES ('00000000-0000-7000-8000-000000000001', 'house');

-- A constant default rewrites no row. An organiser is never deleted; the key keeps a row from naming nobody.
ALTER TABLE venues ADD COLUMN organiser_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES organisers;
ALTER TABLE performers ADD COLUMN organiser_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES organisers;
ALTER TABLE series ADD COLUMN organiser_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES organisers;
ALTER TABLE events ADD COLUMN organiser_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES organisers;
ALTER TABLE seat_maps ADD COLUMN organiser_id uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES organisers;

-- A house has its owner's maps and copies of others, each with versions of their own.
ALTER TABLE seat_maps DROP CONSTRAINT seat_maps_venue_id_name_version_key;
ALTER TABLE seat_maps ADD CONSTRAINT seat_maps_version UNIQUE (venue_id, organiser_id, name, version);

-- Whose a venue is, for what stands there.
CREATE VIEW venue_owners AS SELECT id, organiser_id FROM venues;

-- What booking may know of an event: now also whose it is.
CREATE OR REPLACE VIEW sale_terms AS
SELECT e.id AS event_id, e.version, e.edition, e.title, e.status, e.starts_at, e.timezone,
       e.seat_map_id, e.tiers, e.tier_of, e.currency,
       e.sale_opens_at, coalesce(e.sale_closes_at, e.starts_at) AS sale_closes_at, e.buyer_limit, e.queue_required,
       m.map, m.sha256 AS map_sha256,
       v.name AS venue_name, c.name AS city_name,
       e.organiser_id
FROM events e
LEFT JOIN seat_maps m ON m.id = e.seat_map_id
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id;

-- Keys: whose, what for, until when. No scopes means all that the role has.
ALTER TABLE api_keys
    ADD COLUMN organiser_id     uuid NOT NULL DEFAULT '00000000-0000-7000-8000-000000000001' REFERENCES organisers,
    ADD COLUMN scopes           text[],
    ADD COLUMN created_by       uuid,               -- the key that made it; none: the command line
    ADD COLUMN expires_at       timestamptz,
    ADD COLUMN last_used_at     timestamptz,        -- in steps of five minutes
    ADD COLUMN old_hash         bytea UNIQUE CHECK (length(old_hash) = 32),  -- the secret before the last rotation
    ADD COLUMN old_until        timestamptz,
    -- what a partner may ask for; none is no limit
    ADD COLUMN requests_second  integer CHECK (requests_second > 0),
    ADD COLUMN requests_day     integer CHECK (requests_day > 0),
    ADD COLUMN open_holds       integer CHECK (open_holds > 0),
    ADD CHECK ((old_hash IS NULL) = (old_until IS NULL));
CREATE INDEX api_keys_organiser ON api_keys (organiser_id, id);
UPDATE api_keys SET requests_second = 20, requests_day = 200000, open_holds = 200 WHERE role = 'partner';

-- Sessions that a partner opened for its own buyers end with the partner's key.
ALTER TABLE sessions
    ADD COLUMN partner_key_id uuid REFERENCES api_keys,
    ADD COLUMN revoked_at     timestamptz;

-- Whoever changes what a key or a session may do tells every node, in the transaction of the change.
CREATE FUNCTION people_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'sessions' THEN
        PERFORM pg_notify('people_changed', 'session ' || encode(OLD.token_hash, 'hex'));
    ELSE
        PERFORM pg_notify('people_changed', 'key ' || encode(hash, 'hex') || ' ' || OLD.role)
        FROM unnest(ARRAY[OLD.key_hash, OLD.old_hash]) AS hash WHERE hash IS NOT NULL;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER sessions_changed AFTER UPDATE OF revoked_at ON sessions FOR EACH ROW EXECUTE FUNCTION people_changed();
CREATE TRIGGER api_keys_changed
    AFTER UPDATE OF role, organiser_id, scopes, expires_at, revoked_at, key_hash, old_hash, old_until,
                    requests_second, requests_day, open_holds ON api_keys
    FOR EACH ROW EXECUTE FUNCTION people_changed();
CREATE TRIGGER api_keys_gone AFTER DELETE ON api_keys FOR EACH ROW EXECUTE FUNCTION people_changed();

-- What a partner asked for on a day (UTC), added up by its nodes each second.
CREATE TABLE partner_days (
    key_id   uuid NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    day      date NOT NULL,
    requests bigint NOT NULL CHECK (requests >= 0),
    PRIMARY KEY (key_id, day)
);

-- Room for an open hold of a partner's buyer, taken before the hold is asked for. Counts while the hold lives; without one, until `until`.
CREATE TABLE partner_holds (
    key_id   uuid NOT NULL REFERENCES api_keys ON DELETE CASCADE,
    buyer_id uuid NOT NULL,
    claim    bytea NOT NULL CHECK (length(claim) = 32),  -- SHA-256 of the hold's Idempotency-Key: the same request takes no more room
    hold_id  uuid,
    until    timestamptz NOT NULL,
    PRIMARY KEY (key_id, buyer_id, claim)
);
CREATE INDEX partner_holds_until ON partner_holds (until);

-- All that people may know of a hold: whether it still is one.
CREATE VIEW live_holds AS SELECT id, until FROM holds WHERE state IN ('held', 'paying');
