-- Index: PRIMARY (hour) of both. The cut is the mark's, if the hour is still as it was marked.
SELECT hours.hour, hours.state, hours.version, marked.cut
FROM hours
LEFT JOIN reconciled_hours AS marked
    ON marked.hour = hours.hour AND marked.version = hours.version
WHERE hours.hour >= %s AND hours.hour < %s
ORDER BY hours.hour
