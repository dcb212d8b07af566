-- Outcomes are read whole or not at all: text that is checked, instead of a tree that is built (a pile of 250 costs half as much).
ALTER TABLE idempotency ALTER COLUMN outcome TYPE json USING outcome::json, ALTER COLUMN outcome SET STORAGE EXTERNAL;
