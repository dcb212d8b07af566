-- Answers under idempotency keys, a partition a day: a day whose keys nobody may repeat any more is dropped instead of deleted row by
-- row. Within a day a partition's own key stands against a second answer; across midnight the look into the table that is made inside
-- the event's fence (pass_desk), which sees 24 hours back.
ALTER TABLE idempotency RENAME TO idempotency_before;
ALTER TABLE idempotency_before RENAME CONSTRAINT idempotency_pkey TO idempotency_before_pkey;
CREATE TABLE idempotency (
    owner       uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    outcome     json NOT NULL,
    at          timestamptz NOT NULL
) PARTITION BY RANGE (at);
ALTER TABLE idempotency ALTER COLUMN outcome SET STORAGE EXTERNAL;

-- Where the worker that makes the days ahead has not run for days.
CREATE TABLE idempotency_rest (LIKE idempotency INCLUDING ALL, PRIMARY KEY (owner, key));
ALTER TABLE idempotency ATTACH PARTITION idempotency_rest DEFAULT;

DO $$
DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    day date;
    name text;
BEGIN
    FOR n IN -1..3 LOOP
        day := today + n;
        name := 'idempotency_' || to_char(day, 'YYYYMMDD');
        EXECUTE format('CREATE TABLE %I (LIKE idempotency INCLUDING ALL, PRIMARY KEY (owner, key))', name);
        EXECUTE format('ALTER TABLE idempotency ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)', name, day || ' 00:00+00', day + 1 || ' 00:00+00');
    END LOOP;
END $$;
INSERT INTO idempotency SELECT owner, key, fingerprint, outcome, at FROM idempotency_before
WHERE at >= clock_timestamp() - interval '24 hours';
DROP TABLE idempotency_before;

CREATE OR REPLACE FUNCTION pass_desk(event uuid, at timestamptz, owners uuid[], keys text[])
    RETURNS TABLE (desk_version bigint, terms_version bigint, decided_at timestamptz, cancelled boolean, known json)
    LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' AS $$
DECLARE
    since timestamptz;
BEGIN
    PERFORM pg_advisory_lock(hashtextextended(event::text, 0));
    since := coalesce(at, clock_timestamp()) - interval '24 hours';
    RETURN QUERY SELECT d.version, t.version, coalesce(at, clock_timestamp()), d.cancel_asked_at IS NOT NULL, (
            SELECT json_agg(json_build_object('owner', k.owner, 'key', k.key, 'fingerprint', encode(i.fingerprint, 'hex'), 'outcome', i.outcome))
            FROM unnest(owners, keys) AS k (owner, key)
            -- OFFSET 0: one look into the index for each key and day, never a scan of the table
            CROSS JOIN LATERAL (
                SELECT o.fingerprint, o.outcome FROM idempotency o WHERE o.owner = k.owner AND o.key = k.key AND o.at >= since OFFSET 0
            ) AS i
        )
        FROM desks d JOIN sale_terms t ON t.event_id = d.event_id WHERE d.event_id = event;
END $$;

INSERT INTO schema_works_with VALUES (31, 19);
