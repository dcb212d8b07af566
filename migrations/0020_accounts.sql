-- Accounts: people who can sign in with an e-mail and a password. An account's things are those of its own buyer and of every anonymous
-- buyer that it took over; a buyer that was linked to an account once is never linked to another.
CREATE TABLE accounts (
    id           uuid PRIMARY KEY,
    email        text NOT NULL CHECK (length(email) BETWEEN 1 AND 254),       -- as it was typed
    email_key    text NOT NULL UNIQUE,                                        -- in lower case; of a closed account: nobody's
    name         text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    password_phc text,                                                        -- argon2id, PHC string; null once closed
    buyer_id     uuid NOT NULL UNIQUE REFERENCES buyers,
    created_at   timestamptz NOT NULL,
    closed_at    timestamptz,
    CHECK ((closed_at IS NULL) = (password_phc IS NOT NULL))
);

ALTER TABLE buyers
    ADD COLUMN account_id uuid REFERENCES accounts,
    ADD COLUMN linked_at  timestamptz,
    ADD CONSTRAINT linked_at_once CHECK ((account_id IS NULL) = (linked_at IS NULL));
CREATE INDEX buyers_account ON buyers (account_id) WHERE account_id IS NOT NULL;

CREATE FUNCTION a_buyer_stays_linked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'buyer_stays_linked' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER a_buyer_stays_linked BEFORE UPDATE OF account_id ON buyers FOR EACH ROW
    WHEN (OLD.account_id IS NOT NULL AND NEW.account_id IS DISTINCT FROM OLD.account_id) EXECUTE FUNCTION a_buyer_stays_linked();

-- A signed-in session has an id that its owner may name; an anonymous one has none of these.
ALTER TABLE sessions
    ADD COLUMN id           uuid,
    ADD COLUMN account_id   uuid REFERENCES accounts,
    ADD COLUMN last_seen_at timestamptz,                                      -- in steps of five minutes
    ADD COLUMN agent        text CHECK (length(agent) <= 200),
    ADD COLUMN address      text CHECK (length(address) <= 64),               -- the network, not the address
    ADD CONSTRAINT signed_in_or_not CHECK (num_nulls(id, account_id, last_seen_at, agent, address) IN (0, 5));
CREATE UNIQUE INDEX sessions_id ON sessions (id) WHERE id IS NOT NULL;
CREATE INDEX sessions_account ON sessions (account_id, id) WHERE account_id IS NOT NULL;
CREATE INDEX sessions_buyer ON sessions (buyer_id);

-- Older programs know such a session as its own buyer alone, and honour its end.
INSERT INTO schema_works_with VALUES (20, 8);
