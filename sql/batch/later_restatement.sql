-- Index: by_run (run, hour), then by_hour (hour, run).
SELECT later.run, later.hour
FROM restatements AS ours
JOIN restatements AS later ON later.hour = ours.hour AND later.id > ours.id
WHERE ours.run = %s AND ours.hour IN ({hours}) AND ours.undone_by IS NULL AND later.undone_by IS NULL
ORDER BY later.id DESC LIMIT 1
