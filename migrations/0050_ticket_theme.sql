-- How an organiser's tickets look: colours, small print, the form of the code. What it holds is checked where it is written.
ALTER TABLE organisers
    ADD COLUMN ticket_theme jsonb
        CHECK (jsonb_typeof(ticket_theme) = 'object' AND octet_length(ticket_theme::text) <= 8192);

INSERT INTO schema_works_with VALUES (50, 19);
