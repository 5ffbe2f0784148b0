-- Index: PRIMARY (time_zone, day, device_type, device_id): read in its order, nothing is sorted.
SELECT day, device_type, device_id, clicks, events
FROM clicks_by_day
WHERE time_zone = %(time_zone)s AND day = %(day)s
ORDER BY device_type, device_id
