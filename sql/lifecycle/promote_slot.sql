-- In one statement: there is no moment at which both or none is wanted as the writer.
UPDATE stream_slots
SET wanted = CASE WHEN slot = %(slot)s THEN 'writer' ELSE 'stopped' END,
    wanted_at = UTC_TIMESTAMP(3)
