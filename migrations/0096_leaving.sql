-- A node that is about to stop says so: no other node gives it anything then. A new column with a constant default rewrites no row.
ALTER TABLE nodes ADD COLUMN leaving boolean NOT NULL DEFAULT false;

INSERT INTO schema_works_with VALUES (96, 19);
