-- Index: type_clicks_by_day PRIMARY (time_zone, day, …): the type rows of all earlier days.
SELECT DISTINCT device_type
FROM type_clicks_by_day
WHERE time_zone = %(time_zone)s AND day < %(day)s
