-- Index: PRIMARY (hour) of both.
SELECT hours.hour, hours.state, hours.version, hours.owner_run, held_hours.hour IS NOT NULL AS held
FROM hours LEFT JOIN held_hours ON held_hours.hour = hours.hour
WHERE hours.hour IN ({hours}) ORDER BY hours.hour
