-- Index: clicks_by_day PRIMARY (time_zone, day, …): one run of it; the server keeps one row.
SELECT device_type, device_id, clicks
FROM clicks_by_day
WHERE time_zone = %(time_zone)s AND day = %(day)s
ORDER BY clicks DESC, device_type, device_id
LIMIT 1
