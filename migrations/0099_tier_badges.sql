-- What is left of each tier, written with the counts of a desk: a tier's id and a letter for each that is not simply available (few, held,
-- sold out). It counts only at the version with which it was written: a program that does not know these columns moves the version alone.
-- Constant defaults rewrite no row.
ALTER TABLE desks
    ADD COLUMN tier_badges text NOT NULL DEFAULT '',
    ADD COLUMN badged_version bigint;

INSERT INTO schema_works_with VALUES (99, 95);
