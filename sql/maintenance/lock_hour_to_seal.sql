-- Index: PRIMARY (hour) of all. The hour's lock; its mark, if it is still as it was marked.
SELECT hours.state, marked.clicks, marked.events, marked.devices,
    (SELECT COUNT(*) FROM held_hours WHERE held_hours.hour = hours.hour) AS held
FROM hours
LEFT JOIN reconciled_hours AS marked
    ON marked.hour = hours.hour AND marked.version = hours.version
WHERE hours.hour = %(hour)s
FOR UPDATE
