-- What a pile asks before it is decided, in one round trip: wait for the event, then read its desk, the version of its sale terms, the
-- time, and what was answered before under the pile's keys.
--
-- It is called outside a SERIALIZABLE transaction, and that is its point. A SERIALIZABLE transaction sees the database as of its first
-- statement: one that waits for another node's row afterwards can only fail with 40001. Here the wait comes first, by a lock of the
-- session that lasts beyond COMMIT, and each statement of a volatile function sees what was committed before it began. Keys are read
-- here as well because the pages on which they are not would be locked as read: piles of different events would fail over them.
--
-- The lock keeps order and nothing else: what is written still names the version that was read here (booking/src/store/desks.rs).
CREATE FUNCTION pass_desk(event uuid, at timestamptz, owners uuid[], keys text[])
    RETURNS TABLE (desk_version bigint, terms_version bigint, decided_at timestamptz, cancelled boolean, known json)
    LANGUAGE plpgsql VOLATILE SET lock_timeout = '5s' AS $$
BEGIN
    PERFORM pg_advisory_lock(hashtextextended(event::text, 0));
    RETURN QUERY SELECT d.version, t.version, coalesce(at, clock_timestamp()), d.cancel_asked_at IS NOT NULL, (
            SELECT json_agg(json_build_object('owner', k.owner, 'key', k.key, 'fingerprint', encode(i.fingerprint, 'hex'), 'outcome', i.outcome))
            FROM unnest(owners, keys) AS k (owner, key)
            -- OFFSET 0: one look into the index for each key, never a scan of the table
            CROSS JOIN LATERAL (SELECT o.fingerprint, o.outcome FROM idempotency o WHERE o.owner = k.owner AND o.key = k.key OFFSET 0) AS i
        )
        FROM desks d JOIN sale_terms t ON t.event_id = d.event_id WHERE d.event_id = event;
END $$;
