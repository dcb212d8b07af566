-- Money as it moved. What a payment was to cost stands in payments; what providers took for it, as they say it, and what went back of
-- that stand here: a capture too many or of a wrong amount is somebody's money too. Of each payment: captured - refunded = what its
-- paid order costs, in each currency (the audit proves it).
CREATE TABLE captures (
    event_id     uuid NOT NULL,
    provider_ref text NOT NULL CHECK (length(provider_ref) BETWEEN 1 AND 255),   -- the provider's id of the notice that told it
    payment_id   uuid NOT NULL,
    amount       bigint NOT NULL CHECK (amount >= 0),
    currency     text NOT NULL,
    at           timestamptz NOT NULL,
    PRIMARY KEY (event_id, provider_ref)
);

CREATE TABLE refunds (
    event_id     uuid NOT NULL,
    id           uuid NOT NULL UNIQUE,
    payment_id   uuid NOT NULL,
    order_id     uuid,                               -- the order that was given back, if the money had bought one
    provider_ref text NOT NULL,                      -- the capture it goes back from
    amount       bigint NOT NULL CHECK (amount > 0),
    currency     text NOT NULL,
    reason       text NOT NULL CHECK (reason IN
        ('seats_taken', 'hold_released', 'already_paid', 'wrong_amount', 'event_cancelled', 'order_cancelled')),
    at           timestamptz NOT NULL,
    PRIMARY KEY (event_id, id)
);

-- What was captured before these tables were there was of the right amount, as far as anyone knows.
INSERT INTO captures (event_id, provider_ref, payment_id, amount, currency, at)
SELECT event_id, provider_ref, id, amount, currency, settled_at FROM payments
WHERE method <> 'free' AND state IN ('captured', 'refunded') AND provider_ref IS NOT NULL;
INSERT INTO refunds (event_id, id, payment_id, order_id, provider_ref, amount, currency, reason, at)
SELECT event_id, gen_random_uuid(), id, order_id, provider_ref, amount, currency, refund_reason, refunded_at FROM payments
WHERE method <> 'free' AND state = 'refunded' AND provider_ref IS NOT NULL AND amount > 0;
