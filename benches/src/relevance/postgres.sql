-- The same rows for PostgreSQL's own search: weighted tsvectors under GIN, and the vocabulary under trigrams, as the manuals of
-- textsearch and pg_trgm advise. Folding is ours (accents, apostrophes and full stops off), so that both read the same words.
DROP SCHEMA IF EXISTS rival CASCADE;
CREATE SCHEMA rival;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE TEXT SEARCH DICTIONARY rival.plain (TEMPLATE = simple, STOPWORDS = english);
CREATE TEXT SEARCH CONFIGURATION rival.words (COPY = simple);
ALTER TEXT SEARCH CONFIGURATION rival.words
    ALTER MAPPING FOR asciiword, word, numword, int, uint WITH rival.plain;

CREATE FUNCTION rival.fold(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(regexp_replace(lower(public.unaccent('public.unaccent', $1)), '[''’.]', '', 'g'), '[^[:alnum:]]+', ' ', 'g'))
$$;
CREATE FUNCTION rival.weighed(weight "char", VARIADIC texts text[]) RETURNS tsvector LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT setweight(to_tsvector('rival.words', rival.fold(array_to_string(texts, ' '))), weight)
$$;

CREATE TABLE rival.docs (kind text NOT NULL, external_id text NOT NULL, name text NOT NULL, words tsvector NOT NULL);

INSERT INTO rival.docs
SELECT 'performer', external_id, rival.fold(name),
       rival.weighed('A', name, array_to_string(aliases, ' '))
       || rival.weighed('C', kind, array_to_string(kinds, ' '), array_to_string(instruments, ' '), sport, city, country)
FROM performers;

INSERT INTO rival.docs
SELECT 'venue', v.external_id, rival.fold(v.name),
       rival.weighed('A', v.name, array_to_string(v.aliases, ' '))
       || rival.weighed('B', c.name, array_to_string(c.aliases, ' '), v.district)
       || rival.weighed('C', v.kind, c.region, c.country, c.country_name)
FROM venues v LEFT JOIN cities c ON c.id = v.city_id;

INSERT INTO rival.docs
SELECT 'event', e.external_id, rival.fold(e.title),
       rival.weighed('A', e.title)
       || rival.weighed('B', bill.names, works.names)
       || rival.weighed('C', v.name, array_to_string(v.aliases, ' '), v.district, c.name, array_to_string(c.aliases, ' '), c.region, c.country_name,
                        to_char(e.starts_at AT TIME ZONE e.timezone, 'YYYY FMMonth'))
       || rival.weighed('D', e.category, e.genre, e.event_type, e.season, array_to_string(e.topics, ' '), bill.instruments, e.description)
FROM events e
LEFT JOIN venues v ON v.id = e.venue_id
LEFT JOIN cities c ON c.id = v.city_id
LEFT JOIN (SELECT x.event_id, string_agg(p.name || ' ' || array_to_string(p.aliases, ' '), ' ') AS names, string_agg(x.instrument, ' ') AS instruments
           FROM event_performers x JOIN performers p ON p.id = x.performer_id GROUP BY x.event_id) bill ON bill.event_id = e.id
CROSS JOIN LATERAL (SELECT string_agg((work ->> 'composer') || ' ' || (work ->> 'title'), ' ') AS names
                    FROM jsonb_array_elements(e.works) work) works;

CREATE TABLE rival.vocabulary AS
SELECT word, ndoc FROM ts_stat('SELECT words FROM rival.docs');

CREATE INDEX ON rival.docs USING gin (words);
CREATE INDEX ON rival.docs USING gin (name gin_trgm_ops);
CREATE INDEX ON rival.vocabulary (word text_pattern_ops);
CREATE INDEX ON rival.vocabulary USING gin (word gin_trgm_ops);
ANALYZE rival.docs;
ANALYZE rival.vocabulary;
