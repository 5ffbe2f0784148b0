INSERT INTO corrections
    (run, hour, minute, device_type, device_id, cause, moves_books, clicks_before, events_before,
     clicks_delta, events_delta, clicks_after, events_after, applied_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, UTC_TIMESTAMP(3))
