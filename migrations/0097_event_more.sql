-- What an event says beside what every event has: its language, when what is shown came out, and whatever its source adds. Columns with
-- constant defaults rewrite no row.
ALTER TABLE events
    ADD COLUMN language text NOT NULL DEFAULT '',
    ADD COLUMN released text NOT NULL DEFAULT '',           -- a day, as ISO 8601 writes it; empty: unknown
    ADD COLUMN extras jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(extras) = 'object');

-- An event with all that its pages and its document in the index show. A view of its own again: older programs read all of event_pages by
-- statements that are prepared, and those must not change what they give.
CREATE VIEW event_records AS
SELECT e.*,
       s.slug AS series_slug, s.title AS series_title, s.kind AS series_kind,
       v.slug AS venue_slug, v.name AS venue_name, v.address AS venue_address, v.postal_code, v.lat, v.lon, v.city_id,
       c.slug AS city_slug, c.name AS city_name, c.region, c.country, c.country_name,
       m.capacity
FROM events e
LEFT JOIN series s ON s.id = e.series_id
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id
LEFT JOIN seat_maps m ON m.id = e.seat_map_id;

INSERT INTO schema_works_with VALUES (97, 95);
