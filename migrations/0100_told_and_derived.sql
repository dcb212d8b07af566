-- What was made of an image's file in other widths and formats, and lies beside it: it takes room, too. A table of its own, since older programs
-- read all of images by statements that are prepared, and those must not change what they give; what was made of a file before counts nothing.
CREATE TABLE derived_images (
    image_id uuid PRIMARY KEY REFERENCES images ON DELETE CASCADE,
    file     uuid NOT NULL,                                  -- of which it was made: of another it is gone
    bytes    bigint NOT NULL CHECK (bytes >= 0)
);

-- A concert as it is told: one whose event was cancelled is cancelled for good, whatever the interface wrote last.
CREATE VIEW concert_records AS
SELECT c.event_id, c.name, c.venue, c.date, c.capacity,
       CASE e.status WHEN 'cancelled' THEN 'CANCELLED' ELSE c.status END AS status
FROM concerts c JOIN events e ON e.id = c.event_id;

INSERT INTO schema_works_with VALUES (100, 99);
