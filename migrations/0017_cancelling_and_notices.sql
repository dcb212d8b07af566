-- A cancelled event closes its desk, however it was cancelled and whoever dies on the way: the mark is made in the transaction that
-- cancels, the desk's next transaction sees it behind its fence, and any node that finds the mark gives everything back.
ALTER TABLE desks ADD COLUMN cancel_asked_at timestamptz;
CREATE INDEX desks_cancel_asked ON desks (event_id) WHERE cancel_asked_at IS NOT NULL AND cancelled_at IS NULL;

CREATE FUNCTION event_cancels() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE desks SET cancel_asked_at = clock_timestamp() WHERE event_id = NEW.id AND cancel_asked_at IS NULL;
    RETURN NULL;
END $$;
CREATE TRIGGER event_cancels AFTER UPDATE ON events FOR EACH ROW
    WHEN (NEW.status = 'cancelled' AND OLD.status <> 'cancelled') EXECUTE FUNCTION event_cancels();
-- cancelled before this migration, and maybe left in the middle
UPDATE desks d SET cancel_asked_at = clock_timestamp() FROM events e WHERE e.id = d.event_id AND e.status = 'cancelled';

-- A notice comes again until it is taken. When it was first due tells how long the shop has not taken it.
ALTER TABLE sandbox_deliveries ADD COLUMN first_due_at timestamptz;
UPDATE sandbox_deliveries SET first_due_at = due_at;
ALTER TABLE sandbox_deliveries ALTER COLUMN first_due_at SET NOT NULL, ALTER COLUMN first_due_at SET DEFAULT clock_timestamp();
CREATE INDEX sandbox_deliveries_settled ON sandbox_deliveries (settled_at) WHERE settled_at IS NOT NULL;

-- Opening a desk reads live holds alone, however many have ended.
CREATE INDEX holds_live ON holds (event_id) WHERE state IN ('held', 'paying');

INSERT INTO schema_works_with VALUES (17, 16);
