-- Which change feed this is, where a server lets nobody read its control file (some managed ones): a row, and the transaction that wrote it
-- here. Rows that were copied into another database were written by another transaction there, or it has another number; of a failover, which these names do not show,
-- the numbers of transactions tell.
CREATE TABLE catalog_feed (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    id  uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO catalog_feed DEFAULT VALUES;

-- The cluster, its time line and the database; else the row and the database.
CREATE FUNCTION catalog_feed_name() RETURNS text LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN (SELECT concat_ws('/', s.system_identifier, substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), d.oid)
            FROM pg_control_system() s, pg_database d WHERE d.datname = current_database());
EXCEPTION WHEN insufficient_privilege OR undefined_function OR feature_not_supported THEN
    RETURN (SELECT concat_ws('/', f.id, f.xmin, d.oid) FROM catalog_feed f, pg_database d WHERE d.datname = current_database());
END $$;

INSERT INTO schema_works_with VALUES (103, 97);
