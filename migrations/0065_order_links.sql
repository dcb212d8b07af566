-- An order has a number that people can read out, and a link of its own whose keys are those of one generation.
--
-- Ten letters of Crockford's base32 in two groups: 50 bits by chance, so that no number tells the next one. Programs that know numbers
-- bring their own; this gives one to each order that was there before, and to those that older programs make.
CREATE FUNCTION order_number() RETURNS text LANGUAGE sql VOLATILE AS $$
    SELECT substr(letters, 1, 5) || '-' || substr(letters, 6, 5) FROM (
        SELECT string_agg(substr('0123456789ABCDEFGHJKMNPQRSTVWXYZ', 1 + (get_byte(bytes, at) & 31), 1), '') AS letters
        -- the other bytes of a UUID hold its version and variant
        FROM (SELECT uuid_send(gen_random_uuid()) AS bytes OFFSET 0) AS random, unnest(ARRAY[0, 1, 2, 3, 4, 5, 9, 10, 11, 12]) AS at
    ) AS number
$$;

-- one rewrite of the table: a few seconds a million orders, in which nothing is sold
ALTER TABLE orders
    ADD COLUMN number text NOT NULL DEFAULT order_number()
        CHECK (number ~ '^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$'),
    ADD COLUMN link_generation integer NOT NULL DEFAULT 1 CHECK (link_generation > 0);

-- of very many random numbers two may be the same
DO $$
DECLARE
    renumbered bigint;
BEGIN
    LOOP
        UPDATE orders SET number = order_number() WHERE id IN (
            SELECT id FROM (SELECT id, row_number() OVER (PARTITION BY number ORDER BY id) AS n FROM orders) AS numbered WHERE n > 1
        );
        GET DIAGNOSTICS renumbered = ROW_COUNT;
        EXIT WHEN renumbered = 0;
    END LOOP;
END
$$;
ALTER TABLE orders ADD CONSTRAINT orders_number UNIQUE (number);

INSERT INTO schema_works_with VALUES (65, 19);
