-- Tags that somebody asked to be forgotten by all caches. Every node reads the last minute of them and does what it has not done yet; a node
-- that was not there has an empty cache. A row is an hour old at most.
CREATE TABLE cache_purges (
    id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    tag text NOT NULL CHECK (length(tag) BETWEEN 1 AND 200)
);
CREATE INDEX cache_purges_at ON cache_purges (at);

INSERT INTO schema_works_with VALUES (57, 55);
