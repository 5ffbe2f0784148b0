-- Index: by_hour (hour, ended_at).
UPDATE hour_incidents
SET run = %(run)s, cause = %(cause)s, detail = %(detail)s, next_step = %(next_step)s,
    last_seen_at = UTC_TIMESTAMP(3)
WHERE hour = %(hour)s AND ended_at IS NULL
