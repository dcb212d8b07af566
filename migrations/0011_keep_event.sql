-- A desk is made for the map that the event has: whoever makes one keeps the event's row as it is until then. A function, since what
-- booking may know of the catalogue is the view sale_terms and nothing else.
CREATE FUNCTION keep_event(event uuid) RETURNS boolean LANGUAGE sql VOLATILE AS
$$ SELECT true FROM events WHERE id = event FOR SHARE $$;
