-- Index: PRIMARY (hour) of hours and reconciled_hours, reconcile_results PRIMARY (run, hour),
-- corrections by_key (minute, …) for one hour's minutes, restatements by_hour (hour, run).
-- The mark counts only while the hour is as it was marked.
SELECT hours.hour, hours.state, hours.version, marked.cut, results.releases,
    (
        SELECT MAX(corrections.id) FROM corrections
        WHERE corrections.minute >= hours.hour
            AND corrections.minute < hours.hour + INTERVAL 1 HOUR
    ) AS correction,
    (
        SELECT restated.rules_version FROM restatements AS restated
        WHERE restated.hour = hours.hour AND restated.undone_by IS NULL
        ORDER BY restated.id DESC LIMIT 1
    ) AS restated_by_rules
FROM hours
LEFT JOIN reconciled_hours AS marked
    ON marked.hour = hours.hour AND marked.version = hours.version
LEFT JOIN reconcile_results AS results
    ON results.run = marked.run AND results.hour = hours.hour
WHERE hours.hour >= %(start)s AND hours.hour < %(end)s
ORDER BY hours.hour
