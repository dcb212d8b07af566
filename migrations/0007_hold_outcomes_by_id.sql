-- Of a hold that was made, its id is kept: the row tells the rest (half of what a pile wrote was said twice).
UPDATE idempotency SET outcome = json_build_object('held', outcome -> 'hold' ->> 'id') WHERE outcome -> 'hold' IS NOT NULL;
