-- Index: PRIMARY (hour). Held hours wait for a person; reconciled ones are looked at again when asked.
SELECT hours.hour FROM hours
LEFT JOIN held_hours ON held_hours.hour = hours.hour
WHERE held_hours.hour IS NULL AND hours.state <> 'sealed'
    AND (hours.state <> 'reconciled' OR %(again)s)
    AND hours.hour >= %(start)s AND hours.hour < %(end)s
ORDER BY hours.hour
