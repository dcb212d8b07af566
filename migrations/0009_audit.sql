-- Who changed what: written in the transaction of the change, read by the organiser whose thing it was, kept two years.
CREATE TABLE audit (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    organiser_id uuid NOT NULL,
    actor_kind   text NOT NULL CHECK (actor_kind IN ('account', 'key', 'device', 'admin', 'system')),
    actor_id     uuid,
    action       text NOT NULL CHECK (action ~ '^[a-z_]+\.[a-z_]+$'),
    subject      text NOT NULL,                     -- '<noun> <id>'
    event_id     uuid,
    before       jsonb,                             -- of what differs: what it was
    after        jsonb,                             -- and what it is
    request_id   text NOT NULL DEFAULT '',
    address      text NOT NULL DEFAULT ''           -- a prefix: /24 of IPv4, /48 of IPv6
);
CREATE INDEX audit_organiser ON audit (organiser_id, id);
CREATE INDEX audit_event ON audit (event_id, id) WHERE event_id IS NOT NULL;
CREATE INDEX audit_at ON audit (at);

-- Append only, also for the owner of the database: a row goes when its two years are over, and never changes.
CREATE FUNCTION audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < clock_timestamp() - interval '2 years' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'the audit log is append only';
END $$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION audit_stays();
CREATE TRIGGER audit_stays_whole BEFORE TRUNCATE ON audit FOR EACH STATEMENT EXECUTE FUNCTION audit_stays();

-- Hides what must not be read again, however deep it lies.
CREATE FUNCTION audit_masked(told jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE jsonb_typeof(told)
        WHEN 'object' THEN (
            SELECT coalesce(jsonb_object_agg(name, CASE
                WHEN name ~* '(secret|password|token|hash|^key$|card|cvc|iban|totp|recovery)' THEN '"***"'::jsonb
                ELSE audit_masked(value) END), '{}')
            FROM jsonb_each(told) AS member (name, value))
        WHEN 'array' THEN (SELECT coalesce(jsonb_agg(audit_masked(value) ORDER BY n), '[]')
            FROM jsonb_array_elements(told) WITH ORDINALITY AS item (value, n))
        ELSE told
    END
$$;

-- The one way in, for every room.
CREATE FUNCTION audit_append(
    organiser_id uuid, actor_kind text, actor_id uuid, action text, subject text, event_id uuid, before jsonb, after jsonb,
    request_id text, address text
) RETURNS void LANGUAGE sql AS $$
    INSERT INTO audit (organiser_id, actor_kind, actor_id, action, subject, event_id, before, after, request_id, address)
    VALUES ($1, $2, $3, $4, $5, $6, audit_masked($7), audit_masked($8), $9, $10)
$$;
