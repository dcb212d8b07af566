-- What opening a desk must know, read at once: its row, its areas in order, and whether there are rows of the kinds that most events have none of.
CREATE VIEW desk_looks AS
SELECT d.event_id, d.version, d.available, d.held, d.sold, d.blocked, d.changed_at, d.cancelled_at,
       a.capacities, a.blocked_in,
       EXISTS (SELECT FROM pass_uses p WHERE p.event_id = d.event_id) AS has_passes,
       EXISTS (SELECT FROM waitlist w WHERE w.event_id = d.event_id)
           OR EXISTS (SELECT FROM waitlists_closed c WHERE c.event_id = d.event_id) AS has_waitlist
FROM desks d, LATERAL (
    SELECT coalesce(array_agg(c.capacity ORDER BY c.area), '{}') AS capacities, coalesce(array_agg(c.blocked ORDER BY c.area), '{}') AS blocked_in
    FROM area_counts c WHERE c.event_id = d.event_id) AS a;

-- Makes the desk of an event that has never sold and its areas, whatever stood there before, and keeps the event as it is until then. Gives when; nothing
-- where the event is gone, has another map than the one they are made for, or sells already. Does not wait for the disk: a desk that a crash forgets is made again
-- by whoever asks next, and whatever is sold there waits for all that was written before.
CREATE FUNCTION make_desk(event uuid, map uuid, places integer, capacities integer[]) RETURNS timestamptz LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM FROM events e WHERE e.id = event AND e.seat_map_id IS NOT DISTINCT FROM map FOR SHARE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    INSERT INTO desks AS d (event_id, available, capacity) VALUES (event, places, places)
        ON CONFLICT (event_id) DO UPDATE SET available = excluded.available, capacity = excluded.capacity WHERE d.version = 0;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    DELETE FROM area_counts a WHERE a.event_id = event;
    INSERT INTO area_counts (event_id, area, capacity)
        SELECT event, n - 1, capacity FROM unnest(capacities) WITH ORDINALITY AS a (capacity, n);
    RETURN clock_timestamp();
END $$;

-- Ends the connection that is inside the event's fence if it was asked nothing for so many seconds: what it had not committed is undone. Gives how many were ended.
-- Where the fence is open nobody is inside, and the list of all locks, which is long in a busy house, is not read.
CREATE FUNCTION free_fence(event uuid, idle double precision) RETURNS bigint LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    IF pg_try_advisory_xact_lock_shared(hashtextextended(event::text, 0)) THEN
        RETURN 0;
    END IF;
    -- pg_locks shows the two halves of an advisory lock's number as oids
    RETURN (SELECT count(*) FILTER (WHERE pg_terminate_backend(a.pid))
        FROM (SELECT hashtextextended(event::text, 0) AS number) AS fence
        JOIN pg_locks l ON l.classid = ((number >> 32) & 4294967295)::oid AND l.objid = (number & 4294967295)::oid
        JOIN pg_stat_activity a ON a.pid = l.pid AND a.datname = current_database()
        WHERE l.locktype = 'advisory' AND l.objsubid = 1 AND l.granted AND l.database = a.datid
            AND a.state <> 'active' AND a.state_change <= clock_timestamp() - make_interval(secs => idle));
END $$;

-- The days of keys are chosen anew each time: planning that takes longer than the fence itself, and one plan does for every day.
ALTER FUNCTION pass_desk(uuid, timestamptz, uuid[], text[]) SET plan_cache_mode = 'force_generic_plan';

INSERT INTO schema_works_with VALUES (107, 97);
