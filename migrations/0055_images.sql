-- Pictures that organisers upload. The bytes lie in the image store under `file`, a name that is never given twice: bytes come first and
-- the row after them, so that no row lacks its bytes; what no row names is swept.
CREATE TABLE images (
    id           uuid PRIMARY KEY,
    organiser_id uuid NOT NULL REFERENCES organisers,
    file         uuid NOT NULL UNIQUE,
    sha256       bytea NOT NULL CHECK (length(sha256) = 32),   -- of what lies there: the same picture has the same addresses
    format       text NOT NULL CHECK (format IN ('jpeg', 'png')),
    opaque       boolean NOT NULL,
    width        integer NOT NULL CHECK (width BETWEEN 1 AND 1920),
    height       integer NOT NULL CHECK (height BETWEEN 1 AND 3840),
    alt          text NOT NULL CHECK (length(alt) BETWEEN 1 AND 500),
    bytes        bigint NOT NULL CHECK (bytes > 0),
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    updated_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- how many an organiser has, and how many bytes, without the rows
CREATE INDEX images_organiser ON images (organiser_id) INCLUDE (bytes);

-- Which picture stands for an event, series, performer or venue: beside their tables, so that imports and drawings of seats know nothing of it.
CREATE TABLE image_links (
    subject  uuid PRIMARY KEY,
    kind     text NOT NULL CHECK (kind IN ('event', 'series', 'performer', 'venue')),
    image_id uuid NOT NULL REFERENCES images
);
CREATE INDEX image_links_image ON image_links (image_id);

-- What is shown of the picture of a thing.
CREATE VIEW shown_images AS
SELECT l.subject, i.id, i.sha256, i.width, i.height, i.alt FROM image_links l JOIN images i ON i.id = l.image_id;

-- The change feed tells of images, too.
ALTER TABLE catalog_changes DROP CONSTRAINT catalog_changes_kind_check;
ALTER TABLE catalog_changes ADD CONSTRAINT catalog_changes_kind_check
    CHECK (kind IN ('event', 'series', 'performer', 'venue', 'city', 'image'));

-- Programs that know the schema up to 32 read kinds of the change feed that they know, and would stumble over `image`: they do not start
-- after this one, so nothing is said to schema_works_with.
