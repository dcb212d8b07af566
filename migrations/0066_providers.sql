-- A payment's method is any provider's name: which of them there are is the program's to know.
ALTER TABLE payments DROP CONSTRAINT payments_method_check;
ALTER TABLE payments ADD CONSTRAINT payments_method_check CHECK (method ~ '^[a-z_]{1,16}$');

INSERT INTO schema_works_with VALUES (66, 19);
