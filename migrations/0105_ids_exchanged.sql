-- The indexes of 0104 take the place of those before them, under the names that older programs know. A transaction of its own, for a moment:
-- who waited to write while they were built would otherwise stand in its way, and it in theirs.
ALTER TABLE events DROP CONSTRAINT events_external_id_key,
    ADD CONSTRAINT events_external_id_key UNIQUE USING INDEX events_external_id_source;
ALTER TABLE series DROP CONSTRAINT series_external_id_key,
    ADD CONSTRAINT series_external_id_key UNIQUE USING INDEX series_external_id_source;
ALTER TABLE venues DROP CONSTRAINT venues_external_id_key,
    ADD CONSTRAINT venues_external_id_key UNIQUE USING INDEX venues_external_id_source;
ALTER TABLE performers DROP CONSTRAINT performers_external_id_key,
    ADD CONSTRAINT performers_external_id_key UNIQUE USING INDEX performers_external_id_source;

INSERT INTO schema_works_with VALUES (105, 97);
