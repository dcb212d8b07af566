-- The waitlist: buyers waiting for places that others hold or give back, one row an entry. The desk decides about it in its piles, so a
-- change of it is a version of the desk, and whoever opens the desk reads the live rows (booking/src/rules/waitlist).
CREATE TABLE waitlist (
    event_id      uuid NOT NULL,
    id            uuid NOT NULL,
    buyer_id      uuid NOT NULL,
    other_ids     uuid[] NOT NULL DEFAULT '{}',                  -- other ids of the same buyer, when it was made
    client        bigint,                                        -- a hash of the address it was asked from, where that is counted
    quantity      smallint NOT NULL CHECK (quantity BETWEEN 1 AND 10),
    tiers         text NOT NULL CHECK (tiers ~ '^[1-9a-z]*$'),   -- none: of any
    returns       boolean NOT NULL,                              -- waits for what is given back, not for what is held
    number        bigint NOT NULL CHECK (number > 0),            -- the order of arrival at the event
    state         text NOT NULL CHECK (state IN ('waiting', 'offered', 'taken', 'expired', 'impossible', 'left')),
    joined_at     timestamptz NOT NULL,
    waits_until   timestamptz,                                   -- how long it waits at most; none: while the sale goes on
    hold_id       uuid NOT NULL,                                 -- the offer's hold, once one was made
    offered_until timestamptz,
    ended_at      timestamptz,
    PRIMARY KEY (event_id, id),
    CHECK (state <> 'waiting' OR offered_until IS NULL),
    CHECK (state NOT IN ('offered', 'taken') OR offered_until IS NOT NULL),
    CHECK ((state IN ('waiting', 'offered')) = (ended_at IS NULL)),
    CHECK (returns = (waits_until IS NULL))
);
-- one place a buyer and event
CREATE UNIQUE INDEX waitlist_one_live ON waitlist (event_id, buyer_id) WHERE state IN ('waiting', 'offered');
-- no number is given twice, and the highest is found at once
CREATE UNIQUE INDEX waitlist_number ON waitlist (event_id, number);
-- places in a line, where no desk of this node knows them
CREATE INDEX waitlist_line ON waitlist (event_id, quantity, number) WHERE state = 'waiting';
CREATE INDEX waitlist_live_of_buyer ON waitlist (buyer_id) WHERE state IN ('waiting', 'offered');
CREATE INDEX waitlist_ended ON waitlist (ended_at) WHERE ended_at IS NOT NULL;

-- Events whose waitlist the organiser has closed.
CREATE TABLE waitlists_closed (
    event_id  uuid PRIMARY KEY,
    closed_at timestamptz NOT NULL
);

-- Older programs sell on without it: who waits then waits until a newer one opens the desk.
INSERT INTO schema_works_with VALUES (80, 19);
