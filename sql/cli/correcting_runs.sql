-- Index: corrections by_run (run, id), all of it: as long as there are corrections.
SELECT runs.run, runs.action, runs.started_at, runs.asked_by, runs.reason,
    COUNT(*) AS corrections, COUNT(DISTINCT corrections.hour) AS hours,
    SUM(ABS(corrections.clicks_delta)) AS clicks_moved,
    SUM(corrections.undone_by IS NOT NULL) AS undone
FROM reconcile_runs AS runs
JOIN corrections ON corrections.run = runs.run
GROUP BY runs.run, runs.action, runs.started_at, runs.asked_by, runs.reason
ORDER BY runs.started_at DESC
LIMIT %s
