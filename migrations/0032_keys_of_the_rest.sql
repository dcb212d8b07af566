-- A key that stands in no day's partition is good until it is forgotten: the table's own key refuses a second answer as long as the row
-- is there, so the look into the table must find it however old it is. Days need no such look: none holds two keys a day apart.
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
                SELECT o.fingerprint, o.outcome FROM idempotency o WHERE o.owner = k.owner AND o.key = k.key AND o.at >= since
                UNION ALL
                SELECT r.fingerprint, r.outcome FROM idempotency_rest r WHERE r.owner = k.owner AND r.key = k.key AND r.at < since
                OFFSET 0
            ) AS i
        )
        FROM desks d JOIN sale_terms t ON t.event_id = d.event_id WHERE d.event_id = event;
END $$;

INSERT INTO schema_works_with VALUES (32, 19);
