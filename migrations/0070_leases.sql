-- One owner an event: which node may do what only one node may do at a time. A node has one heartbeat, a lease is good while its node's
-- heartbeat is, and this database's clock alone says whether it is.
CREATE TABLE nodes (
    id uuid PRIMARY KEY,
    -- its address for other nodes; none: it can be asked nothing
    url text CHECK (octet_length(url) BETWEEN 1 AND 2000),
    -- which life of the node: what an earlier one had is free at once
    incarnation bigint NOT NULL CHECK (incarnation > 0),
    until timestamptz NOT NULL
);

-- What is given back has no row; so numbers of epochs come from one sequence, and none is ever given twice.
CREATE SEQUENCE lease_epochs;
CREATE TABLE leases (
    name text PRIMARY KEY CHECK (octet_length(name) BETWEEN 1 AND 100),
    node uuid NOT NULL,
    incarnation bigint NOT NULL,
    epoch bigint NOT NULL CHECK (epoch > 0)
);
CREATE INDEX leases_node ON leases (node);

-- Takes a lease if it is free, or if the heartbeat of whoever has it is over; says who has it then. No row: the asker's own heartbeat is
-- over. Who takes it from another keeps that one's heartbeat from being renewed meanwhile: of a renewal and a claim at the same instant
-- one comes first, and the other sees it.
CREATE FUNCTION claim_lease(wanted text, asker uuid, life bigint)
    RETURNS TABLE (node uuid, url text, incarnation bigint, epoch bigint, taken boolean)
    LANGUAGE plpgsql VOLATILE AS $$
#variable_conflict use_column
DECLARE
    had leases%ROWTYPE;
    own nodes%ROWTYPE;
    other nodes%ROWTYPE;
BEGIN
    SELECT * INTO own FROM nodes n WHERE n.id = asker AND n.incarnation = life AND n.until > clock_timestamp();
    IF NOT FOUND THEN
        RETURN;
    END IF;
    -- most askers are told who has it, and keep nobody waiting
    SELECT * INTO had FROM leases l WHERE l.name = wanted;
    IF FOUND THEN
        IF had.node = asker AND had.incarnation = life THEN
            RETURN QUERY SELECT had.node, own.url, life, had.epoch, false;
            RETURN;
        END IF;
        SELECT * INTO other FROM nodes n WHERE n.id = had.node AND n.incarnation = had.incarnation AND n.until > clock_timestamp();
        IF FOUND THEN
            RETURN QUERY SELECT other.id, other.url, other.incarnation, had.epoch, false;
            RETURN;
        END IF;
    END IF;
    -- of two askers at once the second waits here, and looks again
    INSERT INTO leases (name, node, incarnation, epoch) VALUES (wanted, asker, life, nextval('lease_epochs')) ON CONFLICT (name) DO NOTHING
        RETURNING * INTO had;
    IF FOUND THEN
        RETURN QUERY SELECT had.node, own.url, life, had.epoch, true;
        RETURN;
    END IF;
    SELECT * INTO had FROM leases l WHERE l.name = wanted FOR UPDATE;
    IF NOT FOUND THEN
        -- given back between the two statements
        RETURN QUERY SELECT * FROM claim_lease(wanted, asker, life);
        RETURN;
    END IF;
    SELECT * INTO other FROM nodes n WHERE n.id = had.node AND n.incarnation = had.incarnation FOR SHARE;
    IF FOUND AND (other.until > clock_timestamp() OR had.node = asker AND had.incarnation = life) THEN
        RETURN QUERY SELECT other.id, other.url, other.incarnation, had.epoch, false;
        RETURN;
    END IF;
    UPDATE leases l SET node = asker, incarnation = life, epoch = nextval('lease_epochs') WHERE l.name = wanted RETURNING l.* INTO had;
    RETURN QUERY SELECT had.node, own.url, life, had.epoch, true;
END $$;

INSERT INTO schema_works_with VALUES (70, 19);
