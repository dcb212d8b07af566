-- What only has a day lasts it, by its venue's calendar: its sale ends with the day, unless something else is said. In a zone that this
-- Postgres does not know a day is 24 hours.
CREATE FUNCTION day_over(starts_at timestamptz, zone text) RETURNS timestamptz LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN ((starts_at AT TIME ZONE zone)::date + 1)::timestamp AT TIME ZONE zone;
EXCEPTION WHEN invalid_parameter_value THEN
    RETURN starts_at + interval '24 hours';
END $$;

CREATE OR REPLACE VIEW sale_terms AS
SELECT e.id AS event_id, e.version, e.edition, e.title, e.status, e.starts_at, e.timezone,
       e.seat_map_id, e.tiers, e.tier_of, e.currency,
       e.sale_opens_at,
       coalesce(e.sale_closes_at, CASE e.start_precision WHEN 'day' THEN day_over(e.starts_at, e.timezone) ELSE e.starts_at END) AS sale_closes_at,
       e.buyer_limit, e.queue_required,
       m.map, m.sha256 AS map_sha256,
       v.name AS venue_name, c.name AS city_name,
       e.organiser_id, e.orphan_rule
FROM events e
LEFT JOIN seat_maps m ON m.id = e.seat_map_id
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id;

CREATE OR REPLACE VIEW queue_terms AS
SELECT e.id AS event_id, e.organiser_id, e.queue_required, e.status = 'cancelled' AS cancelled, e.sale_opens_at,
       coalesce(e.sale_closes_at, CASE e.start_precision WHEN 'day' THEN day_over(e.starts_at, e.timezone) ELSE e.starts_at END) AS sale_closes_at,
       d.available
FROM events e LEFT JOIN desks d ON d.event_id = e.id;

INSERT INTO schema_works_with VALUES (101, 97);
