INSERT INTO hour_incidents (hour, run, cause, detail, next_step, opened_at, last_seen_at)
VALUES (%(hour)s, %(run)s, %(cause)s, %(detail)s, %(next_step)s, UTC_TIMESTAMP(3),
    UTC_TIMESTAMP(3))
