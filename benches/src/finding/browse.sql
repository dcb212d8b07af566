-- The events once more in one flat table, with the btree that suits each way to browse them best.
BEGIN;
CREATE SCHEMA listed;
SET LOCAL maintenance_work_mem = '512MB';

CREATE TABLE listed.events AS
SELECT e.id, e.title, e.starts_at, (e.starts_at AT TIME ZONE e.timezone)::date AS day, e.category, e.popularity, v.name AS venue, c.name AS city, c.country,
       v.city_id
FROM events e
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id;

CREATE INDEX ON listed.events (starts_at, id);
CREATE INDEX ON listed.events (day, starts_at, id);
CREATE INDEX ON listed.events (category, starts_at, id);
CREATE INDEX ON listed.events (country, category, starts_at, id);
CREATE INDEX ON listed.events (country, starts_at, id);
CREATE INDEX ON listed.events (city_id, category, starts_at, id);
CREATE INDEX ON listed.events (category, title, starts_at, id);
CREATE INDEX ON listed.events (category, popularity DESC, starts_at, id);
ANALYZE listed.events;
COMMIT;
