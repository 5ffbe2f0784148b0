-- Index: built_days PRIMARY (time_zone, day). The last built days of the same weekday.
SELECT time_zone, day, starts_at, ends_at, events
FROM built_days
WHERE time_zone = %(time_zone)s AND day < %(day)s AND WEEKDAY(day) = WEEKDAY(%(day)s)
ORDER BY day DESC
LIMIT %(limit)s
