-- Index: PRIMARY (hour) of both.
SELECT hours.hour, hours.state, held_hours.hour IS NOT NULL AS held
FROM hours
LEFT JOIN held_hours ON held_hours.hour = hours.hour
WHERE hours.hour >= %(first_hour)s AND hours.hour < %(ends_at)s
