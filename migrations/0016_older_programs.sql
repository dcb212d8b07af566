-- With which older programs the schema works: a program that meets a migration it does not know starts if the migration says here that
-- it works with programs that know the schema up to `oldest`; else it refuses. A migration that says nothing works with none.
CREATE TABLE schema_works_with (
    migration bigint PRIMARY KEY,
    oldest bigint NOT NULL,
    CHECK (oldest <= migration)
);
