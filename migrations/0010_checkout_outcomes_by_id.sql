-- What is kept of a checkout is its payment's id and its order's, no longer a copy of both with whose name and address they bear.
UPDATE idempotency SET outcome = json_build_object('checkout', json_strip_nulls(json_build_object(
        'payment', outcome -> 'checkout' -> 'payment' ->> 'id', 'order', outcome -> 'checkout' -> 'order' ->> 'id')))
    WHERE outcome -> 'checkout' -> 'payment' ->> 'id' IS NOT NULL;
