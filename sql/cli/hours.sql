-- Index: hours PRIMARY (hour) backwards; reconcile_results by_hour (hour, ended_at) for each.
SELECT hours.hour, hours.state, latest.verdict, latest.cause, latest.detail,
    marks.clicks, marks.events, marks.reconciled_at, held.reason AS held
FROM hours
LEFT JOIN held_hours AS held ON held.hour = hours.hour
LEFT JOIN reconciled_hours AS marks ON marks.hour = hours.hour AND hours.state IN ('reconciled', 'sealed')
LEFT JOIN reconcile_results AS latest
    ON latest.hour = hours.hour AND latest.ended_at = (
        SELECT MAX(ended_at) FROM reconcile_results WHERE reconcile_results.hour = hours.hour
    )
WHERE hours.hour >= %(start)s AND hours.hour < %(end)s
    AND (%(state)s IS NULL OR hours.state = %(state)s)
    AND (%(held)s = 0 OR held.hour IS NOT NULL)
ORDER BY hours.hour DESC
LIMIT %(limit)s
