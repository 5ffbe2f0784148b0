-- Index: by_run (run, id).
SELECT id, hour, minute, device_type, device_id, cause, moves_books, clicks_before, events_before,
    clicks_delta, events_delta, clicks_after, events_after, applied_at, undone_by
FROM corrections WHERE run = %s ORDER BY id LIMIT %s
