-- By which address the outside reaches a node: https and http have cookies of other names, so that nodes which differ take one browser for two buyers.
ALTER TABLE nodes ADD COLUMN public_url text CHECK (octet_length(public_url) BETWEEN 1 AND 2000);

INSERT INTO schema_works_with VALUES (108, 99);
