-- Concerts of the TicketOverflow interface: what was written of each, to the letter. What is sold, searched and printed is the event
-- that stands behind it, whose title and venue are made fit for it; whether it sells is the event's sale window, which is written in
-- the same transaction as the word here.
CREATE TABLE concerts (
    event_id uuid PRIMARY KEY REFERENCES events ON DELETE CASCADE,
    name     text NOT NULL CHECK (name <> ''),
    venue    text NOT NULL CHECK (venue <> ''),
    date     date NOT NULL,
    capacity integer NOT NULL CHECK (capacity >= 0),
    status   text NOT NULL CHECK (status IN ('ACTIVE', 'CANCELLED', 'SOLD_OUT'))
);

-- Expand only. Programs before this one sell no concerts, and cannot read the journal of one (change `sold`).
INSERT INTO schema_works_with VALUES (45, 32);
