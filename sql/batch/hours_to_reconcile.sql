-- Index: PRIMARY (hour) of each, PRIMARY (run, hour) of results. Held hours wait for a person;
-- reconciled ones are looked at again when asked, and where the run that marked them died before it
-- had checked them and written its result.
SELECT hours.hour FROM hours
LEFT JOIN held_hours ON held_hours.hour = hours.hour
LEFT JOIN reconciled_hours AS marked ON marked.hour = hours.hour
LEFT JOIN reconcile_results AS said ON said.run = marked.run AND said.hour = marked.hour
WHERE held_hours.hour IS NULL AND hours.state <> 'sealed'
    AND (hours.state <> 'reconciled' OR said.hour IS NULL OR %(again)s)
    AND hours.hour >= %(start)s AND hours.hour < %(end)s
ORDER BY hours.hour
