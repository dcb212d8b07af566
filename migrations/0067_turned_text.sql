-- Takes the marks that turn what stands behind them (UAX #9: U+202A to U+202E, U+2066 to U+2069) out of what was stored before new
-- text was rid of them: a title that is shown beside others must not write them backwards. What changes moves its version and is told
-- to the index; most installations have none.
CREATE FUNCTION unturned(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
    -- what is nothing else stays: a name is never empty
    SELECT coalesce(nullif(translate($1, U&'\202A\202B\202C\202D\202E\2066\2067\2068\2069', ''), ''), $1)
$$;

WITH changed AS (
    UPDATE events SET title = unturned(title), description = unturned(description), version = version + 1
    WHERE unturned(title) <> title OR unturned(description) <> description RETURNING id
) INSERT INTO catalog_changes (kind, id) SELECT 'event', id FROM changed;
WITH changed AS (
    UPDATE series SET title = unturned(title), description = unturned(description), version = version + 1
    WHERE unturned(title) <> title OR unturned(description) <> description RETURNING id
) INSERT INTO catalog_changes (kind, id) SELECT 'series', id FROM changed;
WITH changed AS (
    UPDATE performers SET name = unturned(name), description = unturned(description), version = version + 1
    WHERE unturned(name) <> name OR unturned(description) <> description RETURNING id
) INSERT INTO catalog_changes (kind, id) SELECT 'performer', id FROM changed;
WITH changed AS (
    UPDATE venues SET name = unturned(name), description = unturned(description), version = version + 1
    WHERE unturned(name) <> name OR unturned(description) <> description RETURNING id
) INSERT INTO catalog_changes (kind, id) SELECT 'venue', id FROM changed;
UPDATE orders SET contact_name = unturned(contact_name) WHERE unturned(contact_name) <> contact_name;
UPDATE tickets SET holder = unturned(holder) WHERE unturned(holder) <> holder;
DROP FUNCTION unturned(text);

INSERT INTO schema_works_with VALUES (67, 19);
