-- A part of a house that moves to another tier moves the badges of both. The mark is made in the transaction that moves it, and names the
-- terms that say so: a desk that knows older ones writes no badges, and any node that finds the mark lets the desk write them anew.
ALTER TABLE desks ADD COLUMN tiers_moved bigint;
CREATE INDEX desks_tiers_moved ON desks (event_id) WHERE tiers_moved IS NOT NULL;

CREATE FUNCTION event_tiers_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE desks SET tiers_moved = NEW.version, badged_version = NULL,
        changed_slot = floor(extract(epoch FROM clock_timestamp()) / 10)
    WHERE event_id = NEW.id AND version > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER event_tiers_move AFTER UPDATE OF tier_of ON events FOR EACH ROW
    WHEN (NEW.tier_of IS DISTINCT FROM OLD.tier_of) EXECUTE FUNCTION event_tiers_move();

INSERT INTO schema_works_with VALUES (106, 99);
