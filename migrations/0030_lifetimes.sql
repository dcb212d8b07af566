-- Nothing grows for ever. docs/OPERATIONS.md says how long each thing is kept; the worker and `boxoffice purge` remove the rest.

-- What the journal of an event came to at one version: entries up to there may go. One an event, the newest.
CREATE TABLE checkpoints (
    event_id uuid PRIMARY KEY,
    version  bigint NOT NULL CHECK (version > 0),
    at       timestamptz NOT NULL,                  -- of that version's entry
    state    json NOT NULL                          -- booking::rules::checkpoint, read whole or not at all
);

-- Holds that ended without an order, by when they did.
CREATE INDEX holds_ended ON holds (ended_at, id) WHERE state IN ('released', 'lapsed');
CREATE INDEX payment_notices_at ON payment_notices (at);

INSERT INTO schema_works_with VALUES (30, 18);
