-- Index: corrections by_key (minute, …): a run of it; restatements by_hour (hour, run). Corrections
-- of restatements that died before they were written down.
SELECT DISTINCT corrections.run, corrections.hour
FROM corrections
JOIN reconcile_runs ON reconcile_runs.run = corrections.run AND reconcile_runs.action = 'restate'
LEFT JOIN restatements
    ON restatements.run = corrections.run AND restatements.hour = corrections.hour
WHERE corrections.minute >= %s AND corrections.minute < %s AND corrections.undone_by IS NULL
    AND restatements.run IS NULL
ORDER BY corrections.run, corrections.hour
