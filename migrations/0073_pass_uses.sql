-- Passes in use: where an event has a queue, a hold stands on a pass. A pass is in use iff it has a row, and the key alone lets it
-- have one live hold. Release and lapse take the row away; an order keeps it, and so does leaving the queue: then the pass is over.
CREATE TABLE pass_uses (
    event_id uuid NOT NULL,
    pass_id  uuid NOT NULL,
    hold_id  uuid,
    state    text NOT NULL CHECK (state IN ('held', 'ordered', 'left')),
    at       timestamptz NOT NULL,
    PRIMARY KEY (event_id, pass_id),
    UNIQUE (event_id, hold_id),
    CHECK ((state = 'left') = (hold_id IS NULL))
);
CREATE INDEX pass_uses_over ON pass_uses (at) WHERE state <> 'held';

-- Which pass a hold was made with.
ALTER TABLE holds ADD COLUMN pass_id uuid;

-- What the queue may know of it: whose time inside is over.
CREATE VIEW passes_ordered AS SELECT event_id, pass_id FROM pass_uses WHERE state = 'ordered';

INSERT INTO schema_works_with VALUES (73, 67);
