-- Which sales open soon: their houses are warmed up before.
CREATE INDEX events_sale_opens ON events (sale_opens_at) WHERE sale_opens_at IS NOT NULL;

INSERT INTO schema_works_with VALUES (74, 67);
