-- What lists and details read: rows with their neighbours. Left joins on primary keys, so that a reader of few columns pays for few.

CREATE VIEW venue_cards AS
SELECT v.*,
       c.external_id AS city_external_id, c.slug AS city_slug, c.name AS city_name, c.region, c.country, c.country_name,
       c.lat AS city_lat, c.lon AS city_lon, c.timezone AS city_timezone, c.population AS city_population, c.aliases AS city_aliases
FROM venues v
LEFT JOIN cities c ON c.id = v.city_id;

CREATE VIEW event_cards AS
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

CREATE VIEW cast_cards AS
SELECT x.event_id, x.position, x.performer_id, x.role, x.instrument, p.slug, p.name
FROM event_performers x
JOIN performers p ON p.id = x.performer_id;
