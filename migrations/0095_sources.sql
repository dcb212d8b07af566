-- What a source calls a record is unique within that source: ids of one never stand for another's. Events have always kept theirs. Rows from
-- before say nothing of it (NULL), and are the first source's that names them; a new column without a default rewrites none.
ALTER TABLE venues ADD COLUMN source text;
ALTER TABLE performers ADD COLUMN source text;
ALTER TABLE series ADD COLUMN source text;
ALTER TABLE venues ALTER COLUMN source SET DEFAULT '';
ALTER TABLE performers ALTER COLUMN source SET DEFAULT '';
ALTER TABLE series ALTER COLUMN source SET DEFAULT '';

-- By the names that older programs know: what breaks them is told as the same field.
ALTER TABLE venues DROP CONSTRAINT venues_external_id_key, ADD CONSTRAINT venues_external_id_key UNIQUE (external_id, source);
ALTER TABLE performers DROP CONSTRAINT performers_external_id_key, ADD CONSTRAINT performers_external_id_key UNIQUE (external_id, source);
ALTER TABLE series DROP CONSTRAINT series_external_id_key, ADD CONSTRAINT series_external_id_key UNIQUE (external_id, source);
ALTER TABLE events DROP CONSTRAINT events_external_id_key, ADD CONSTRAINT events_external_id_key UNIQUE (external_id, source);

-- A venue with all that its pages show. A view of its own: what venue_cards gives must not change under older programs.
CREATE VIEW venue_pages AS
SELECT v.*,
       c.external_id AS city_external_id, c.slug AS city_slug, c.name AS city_name, c.region, c.country, c.country_name,
       c.lat AS city_lat, c.lon AS city_lon, c.timezone AS city_timezone, c.population AS city_population, c.aliases AS city_aliases
FROM venues v
LEFT JOIN cities c ON c.id = v.city_id;

INSERT INTO schema_works_with VALUES (95, 90);
