-- Index: by_run (run, id), then clicks_by_minute PRIMARY. A row that would fall below what can be if
-- all of a run's corrections were taken back: somebody has changed it since.
SELECT ours.minute, ours.device_type, ours.device_id,
    COALESCE(counts.clicks, 0) - ours.clicks AS clicks,
    COALESCE(counts.events, 0) - ours.events AS events
FROM (
    SELECT minute, device_type, device_id, SUM(clicks_delta) AS clicks, SUM(events_delta) AS events
    FROM corrections WHERE run = %s AND hour IN ({hours}) AND undone_by IS NULL
    GROUP BY minute, device_type, device_id
) AS ours
LEFT JOIN clicks_by_minute AS counts
    ON counts.minute = ours.minute AND counts.device_type = ours.device_type
    AND counts.device_id = ours.device_id
WHERE COALESCE(counts.clicks, 0) < ours.clicks OR COALESCE(counts.events, 0) < ours.events
    OR (COALESCE(counts.events, 0) = ours.events AND COALESCE(counts.clicks, 0) <> ours.clicks)
LIMIT 1
