-- Reads hours, a row an hour of data; held ones wait for a person.
SELECT hours.hour FROM hours
LEFT JOIN held_hours ON held_hours.hour = hours.hour
WHERE hours.state IN ('open', 'provisional', 'reopened') AND held_hours.hour IS NULL
    AND hours.hour >= %(start)s AND hours.hour < %(end)s
ORDER BY hours.hour
