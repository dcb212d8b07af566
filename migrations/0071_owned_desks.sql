-- The fence says with which epoch the event is leased: a desk that has another one is not the owner's any more, and decides nothing. It is
-- read inside the fence, so that whoever takes the event over decides after what was decided before.
DROP FUNCTION pass_desk(uuid, timestamptz, uuid[], text[]);
CREATE FUNCTION pass_desk(event uuid, at timestamptz, owners uuid[], keys text[])
    RETURNS TABLE (desk_version bigint, terms_version bigint, decided_at timestamptz, cancelled boolean, known json, lease_epoch bigint)
    LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' AS $$
DECLARE
    since timestamptz;
    until timestamptz;
    any_rest boolean;
BEGIN
    PERFORM pg_advisory_lock(hashtextextended(event::text, 0));
    since := coalesce(at, clock_timestamp()) - interval '24 hours';
    until := since + interval '48 hours';
    any_rest := EXISTS (SELECT FROM idempotency_rest);
    RETURN QUERY SELECT d.version, t.version, coalesce(at, clock_timestamp()), d.cancel_asked_at IS NOT NULL, (
            SELECT json_agg(json_build_object('owner', k.owner, 'key', k.key, 'fingerprint', encode(i.fingerprint, 'hex'), 'outcome', i.outcome))
            FROM unnest(owners, keys) AS k (owner, key)
            -- OFFSET 0: one look into the index for each key and day, never a scan of the table
            CROSS JOIN LATERAL (
                SELECT o.fingerprint, o.outcome FROM idempotency o WHERE o.owner = k.owner AND o.key = k.key AND o.at >= since AND o.at < until
                UNION ALL
                SELECT r.fingerprint, r.outcome FROM idempotency_rest r
                WHERE any_rest AND r.owner = k.owner AND r.key = k.key AND (r.at < since OR r.at >= until)
                OFFSET 0
            ) AS i
        ), (SELECT l.epoch FROM leases l WHERE l.name = 'event/' || event::text)
        FROM desks d JOIN sale_terms t ON t.event_id = d.event_id WHERE d.event_id = event;
END $$;

INSERT INTO schema_works_with VALUES (71, 19);
