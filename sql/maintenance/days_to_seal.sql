-- Reads hours; the days of the report time zone through the view days. UTC days of which every hour is
-- reconciled, or sealed by a run that died, none is held, and every report day that touches them is
-- final: what a day was built from is dropped only when it stands.
SELECT whole.day, whole.hours, whole.events
FROM (
    SELECT DATE(hours.hour) AS day, COUNT(*) AS hours, COALESCE(SUM(marked.events), 0) AS events,
        SUM(hours.state = 'reconciled') AS to_seal,
        SUM(hours.state NOT IN ('reconciled', 'sealed') OR held_hours.hour IS NOT NULL) AS waiting
    FROM hours
    LEFT JOIN held_hours ON held_hours.hour = hours.hour
    LEFT JOIN reconciled_hours AS marked ON marked.hour = hours.hour
    WHERE hours.hour < %(before)s
    GROUP BY DATE(hours.hour)
) AS whole
WHERE whole.waiting = 0 AND whole.to_seal > 0 AND whole.day + INTERVAL 1 DAY <= %(before)s
    AND NOT EXISTS (
        SELECT 1 FROM days
        WHERE days.starts_at < whole.day + INTERVAL 1 DAY AND days.ends_at > whole.day
            AND days.state <> 'final'
    )
ORDER BY whole.day
