-- When the doors of an event open, if that is said: on its tickets, so a change of it makes a new edition. A new column without a default
-- rewrites no row.
ALTER TABLE events ADD COLUMN doors_at timestamptz CHECK (doors_at <= starts_at);

-- An event with all that its pages show, its doors among it. A view of its own again: older programs read all of event_details by statements
-- that are prepared, and those must not change what they give.
CREATE VIEW event_pages AS
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

INSERT INTO schema_works_with VALUES (90, 19);
