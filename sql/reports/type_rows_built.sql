-- Index: PRIMARY (time_zone, day, device_type).
SELECT day, device_type, clicks, events, devices
FROM type_clicks_by_day
WHERE time_zone = %(time_zone)s AND day = %(day)s
ORDER BY device_type
