INSERT INTO released_holds
    (hour, held_at, run, hold_reason, released_at, released_by, reason)
VALUES (%s, %s, %s, %s, UTC_TIMESTAMP(3), %s, %s)
