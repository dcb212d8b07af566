-- How far the change feed was purged: an index whose position lies before must be built anew. One row.
CREATE TABLE catalog_changes_purged (
    one  boolean PRIMARY KEY DEFAULT true CHECK (one),
    xid  xid8
);
INSERT INTO catalog_changes_purged DEFAULT VALUES;
