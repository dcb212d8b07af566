-- Which keys sign cursors, tickets and webhooks, by fingerprint; the keys themselves lie in a folder that nodes share or copy.
-- A node whose folder lacks one of them does not start: it would refuse what the others signed.
CREATE TABLE signing_keys (
    fingerprint text PRIMARY KEY CHECK (fingerprint ~ '^[0-9a-f]{16}$'),
    kind text NOT NULL CHECK (kind IN ('cursor', 'ticket', 'webhook')),
    -- before this moment it is known and verifies, so that no node meets a signature of a key it has not heard of
    signs_from timestamptz NOT NULL,
    -- null for the newest of its kind
    verifies_until timestamptz,
    CHECK (verifies_until > signs_from)
);

-- one key of a kind is the newest
CREATE UNIQUE INDEX signing_keys_newest ON signing_keys (kind) WHERE verifies_until IS NULL;
