-- When an event counts as begun: what only has a day lasts it. Until then its orders can be given back.
CREATE OR REPLACE VIEW sale_terms AS
SELECT e.id AS event_id, e.version, e.edition, e.title, e.status, e.starts_at, e.timezone,
       e.seat_map_id, e.tiers, e.tier_of, e.currency,
       e.sale_opens_at,
       coalesce(e.sale_closes_at, over.at) AS sale_closes_at,
       e.buyer_limit, e.queue_required,
       m.map, m.sha256 AS map_sha256,
       v.name AS venue_name, c.name AS city_name,
       e.organiser_id, e.orphan_rule,
       over.at AS over_at
FROM events e
CROSS JOIN LATERAL (SELECT CASE e.start_precision WHEN 'day' THEN day_over(e.starts_at, e.timezone) ELSE e.starts_at END) AS over (at)
LEFT JOIN seat_maps m ON m.id = e.seat_map_id
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id;

INSERT INTO schema_works_with VALUES (109, 97);
