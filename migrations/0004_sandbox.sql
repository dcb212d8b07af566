-- The sandbox payment provider's own memory: the notices it has still to send. It stands outside booking, as a real provider does;
-- its table is named in gateway/src/sandbox/store/ and nowhere else.

CREATE TABLE sandbox_deliveries (
    id         uuid PRIMARY KEY,                    -- the webhook-id, made from payment and button: a double click is one notice
    payment_id uuid NOT NULL,                       -- booking's, but no reference: a provider cannot see our tables
    kind       text NOT NULL CHECK (kind IN ('payment.captured', 'payment.declined')),
    amount     bigint NOT NULL,
    currency   text NOT NULL,
    due_at     timestamptz NOT NULL,                -- also when it comes again
    attempts   integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    settled_at timestamptz                          -- taken, or refused for good
);
CREATE INDEX sandbox_deliveries_due ON sandbox_deliveries (due_at) WHERE settled_at IS NULL;
