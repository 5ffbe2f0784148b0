-- Index: by_run (run, id), then by_key (minute, device_type, device_id, id) for each of its rows.
-- A correction of another run that stands, on top of one of ours.
SELECT later.run, later.minute, later.device_type, later.device_id
FROM corrections AS ours
JOIN corrections AS later
    ON later.minute = ours.minute AND later.device_type = ours.device_type
    AND later.device_id = ours.device_id AND later.id > ours.id
JOIN reconcile_runs ON reconcile_runs.run = later.run
WHERE ours.run = %s AND ours.hour IN ({hours}) AND ours.undone_by IS NULL
    AND later.run <> ours.run
    AND later.undone_by IS NULL AND reconcile_runs.action <> 'undo'
ORDER BY later.id DESC LIMIT 1
