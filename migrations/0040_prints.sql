-- The print queue: one row a ticket that was asked for, one edition at a time. A row says what was done in which edition; whether that is
-- good is a matter of the event's present edition, so a renamed event costs no row here.
CREATE TABLE prints (
    ticket_id  uuid PRIMARY KEY,
    event_id   uuid NOT NULL,
    state      text NOT NULL CHECK (state IN ('pending', 'printed', 'error')),
    edition    integer NOT NULL CHECK (edition > 0),           -- pending: when it was asked for; else: the one that was drawn
    asked_at   timestamptz NOT NULL,
    turn       timestamptz NOT NULL CHECK (turn >= asked_at),   -- nobody who asks after it comes before it: booking/src/rules/print.rs
    ready_at   timestamptz NOT NULL,                            -- pending: nobody takes it before
    claim      uuid,                                            -- who draws it, until ready_at
    attempts   smallint NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    reason     text CHECK (reason IN ('undrawable', 'gave_up', 'ticket_returned')),
    ended_at   timestamptz,
    kept_until timestamptz NOT NULL,
    drawing    bytea,
    CHECK ((state = 'pending') = (ended_at IS NULL)),
    CHECK ((state = 'printed') = (drawing IS NOT NULL)),
    CHECK ((state = 'error') = (reason IS NOT NULL)),
    CHECK (state = 'pending' OR claim IS NULL)
) WITH (fillfactor = 70);
-- taking changes no column of it: the row is rewritten in its page, and no index grows
CREATE INDEX prints_turn ON prints (turn) WHERE state = 'pending';
CREATE INDEX prints_kept_until ON prints (kept_until);
-- a queue's rows die young
ALTER TABLE prints SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);

-- All that printing may know of a ticket: whose it is, whether it still is one, its event's present edition and start, and its print.
CREATE VIEW ticket_prints AS
SELECT t.id AS ticket_id, t.event_id, t.buyer_id, o.state = 'paid' AS valid, e.edition AS present_edition, e.starts_at,
       p.state, p.edition, p.asked_at, p.ready_at, p.claim, p.attempts, p.reason, p.drawing
FROM tickets t
JOIN orders o ON o.event_id = t.event_id AND o.id = t.order_id
JOIN events e ON e.id = t.event_id
LEFT JOIN prints p ON p.ticket_id = t.id;

-- Who finishes prints keeps their events' editions as they are until then: what a changed event finds pending is drawn anew. By id, so
-- that two who finish wait for each other in the same order; not for long, since an import may keep events for minutes.
CREATE FUNCTION keep_editions(events uuid[]) RETURNS TABLE (event_id uuid, edition integer) LANGUAGE sql VOLATILE SET lock_timeout = '5s' AS
$$ SELECT e.id, e.edition FROM events e WHERE e.id = ANY (events) ORDER BY e.id FOR SHARE $$;

-- tickets.print_status was never written. It goes once no program in use reads it.
INSERT INTO schema_works_with VALUES (40, 19);
