-- Whether a buyer's own choice may leave a seat single that was not: refused, unless the organiser allows it.
-- A constant default rewrites no row.
ALTER TABLE events ADD COLUMN orphan_rule text NOT NULL DEFAULT 'refuse' CHECK (orphan_rule IN ('refuse', 'allow'));

-- What booking may know of an event: now also that.
CREATE OR REPLACE VIEW sale_terms AS
SELECT e.id AS event_id, e.version, e.edition, e.title, e.status, e.starts_at, e.timezone,
       e.seat_map_id, e.tiers, e.tier_of, e.currency,
       e.sale_opens_at, coalesce(e.sale_closes_at, e.starts_at) AS sale_closes_at, e.buyer_limit, e.queue_required,
       m.map, m.sha256 AS map_sha256,
       v.name AS venue_name, c.name AS city_name,
       e.organiser_id, e.orphan_rule
FROM events e
LEFT JOIN seat_maps m ON m.id = e.seat_map_id
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id;

-- An event with all that its pages show. A view of its own: older programs read all of event_cards by statements that are prepared, and
-- those must not change what they give.
CREATE VIEW event_details AS
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

INSERT INTO schema_works_with VALUES (60, 19);
