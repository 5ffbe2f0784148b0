-- Index: by_run (run, id). The last one is taken back first.
SELECT id, minute, device_type, device_id, cause, moves_books, clicks_delta, events_delta
FROM corrections
WHERE run = %s AND hour = %s AND id < %s AND undone_by IS NULL
ORDER BY id DESC LIMIT %s
