-- What a source calls a record is unique within its organiser: who gives an id takes it from nobody else. The indexes that say so are built
-- beside those whose place they take; the tables can be read meanwhile, and writes wait.
CREATE UNIQUE INDEX venues_external_id_source ON venues (external_id, source, organiser_id);
CREATE UNIQUE INDEX performers_external_id_source ON performers (external_id, source, organiser_id);
CREATE UNIQUE INDEX series_external_id_source ON series (external_id, source, organiser_id);
CREATE UNIQUE INDEX events_external_id_source ON events (external_id, source, organiser_id);

INSERT INTO schema_works_with VALUES (104, 97);
