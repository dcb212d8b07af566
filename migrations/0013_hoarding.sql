-- From where holds and sessions were asked for, so that nobody hoards: a hash of the address (of IPv6: of its /64) under the secret
-- below, the same on all nodes. Null where it is not counted.
ALTER TABLE holds ADD COLUMN client bigint;

-- What addresses are hashed with. Its table and the next are named in people/src/store/ and nowhere else.
CREATE TABLE origin_secret (
    one    boolean PRIMARY KEY DEFAULT true CHECK (one),
    secret bytea NOT NULL CHECK (length(secret) = 32)
);
INSERT INTO origin_secret (secret) VALUES (sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')));

-- One row a session that was opened, for an hour.
CREATE TABLE session_origins (
    client bigint NOT NULL,
    at     timestamptz NOT NULL
);
CREATE INDEX session_origins_client ON session_origins (client, at);
CREATE INDEX session_origins_at ON session_origins (at);
