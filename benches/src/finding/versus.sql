-- The events once more for PostgreSQL's own search: a weighted tsvector under GIN, the vocabulary under trigrams, a btree that browses
-- a city by date, a GiST that walks outwards from a place; in one flat table, so that no join stands in the way.
DROP SCHEMA IF EXISTS rival CASCADE;
CREATE SCHEMA rival;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS cube;
CREATE EXTENSION IF NOT EXISTS earthdistance;
SET maintenance_work_mem = '512MB';

CREATE TABLE rival.events AS
SELECT e.id, e.title, e.starts_at, e.category, v.name AS venue, c.name AS city, v.city_id,
       coalesce(v.lat, c.lat) AS lat, coalesce(v.lon, c.lon) AS lon, ll_to_earth(coalesce(v.lat, c.lat), coalesce(v.lon, c.lon)) AS place,
       setweight(to_tsvector('simple', unaccent(e.title)), 'A')
       || setweight(to_tsvector('simple', unaccent(coalesce(bill.names, ''))), 'B')
       || setweight(to_tsvector('simple', unaccent(concat_ws(' ', v.name, c.name, c.country_name))), 'C')
       || setweight(to_tsvector('simple', unaccent(concat_ws(' ', e.category, e.genre, e.description))), 'D') AS words
FROM events e
JOIN venues v ON v.id = e.venue_id
JOIN cities c ON c.id = v.city_id
LEFT JOIN (SELECT x.event_id, string_agg(p.name, ' ') AS names FROM event_performers x JOIN performers p ON p.id = x.performer_id
           GROUP BY x.event_id) bill ON bill.event_id = e.id;

CREATE TABLE rival.vocabulary AS SELECT word, ndoc FROM ts_stat('SELECT words FROM rival.events');

CREATE INDEX ON rival.events USING gin (words) WITH (fastupdate = off);
CREATE INDEX ON rival.events (city_id, starts_at, id);
CREATE INDEX ON rival.events USING gist (place);
CREATE INDEX ON rival.vocabulary USING gin (word gin_trgm_ops);
ANALYZE rival.events;
ANALYZE rival.vocabulary;
