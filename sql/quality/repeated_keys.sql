-- Index: PRIMARY of each table gives the groups in order: nothing is kept or sorted, as long as
-- there is one; a table whose primary key is lost is what this looks for.
SELECT 'clicks_by_minute' AS name, COUNT(*) AS repeated_keys
FROM (
    SELECT 1 AS one FROM clicks_by_minute
    WHERE minute >= %(first_hour)s AND minute < %(hours_end)s
    GROUP BY minute, device_type, device_id HAVING COUNT(*) > 1
) AS repeated
UNION ALL
SELECT 'type_clicks_by_minute', COUNT(*)
FROM (
    SELECT 1 AS one FROM type_clicks_by_minute
    WHERE minute >= %(first_hour)s AND minute < %(hours_end)s
    GROUP BY minute, device_type HAVING COUNT(*) > 1
) AS repeated
UNION ALL
SELECT 'clicks_by_hour', COUNT(*)
FROM (
    SELECT 1 AS one FROM clicks_by_hour
    WHERE hour >= %(first_hour)s AND hour < %(ends_at)s
    GROUP BY hour, device_type, device_id HAVING COUNT(*) > 1
) AS repeated
UNION ALL
SELECT 'type_clicks_by_hour', COUNT(*)
FROM (
    SELECT 1 AS one FROM type_clicks_by_hour
    WHERE hour >= %(first_hour)s AND hour < %(ends_at)s
    GROUP BY hour, device_type HAVING COUNT(*) > 1
) AS repeated
UNION ALL
SELECT 'clicks_by_day', COUNT(*)
FROM (
    SELECT 1 AS one FROM clicks_by_day
    WHERE time_zone = %(time_zone)s AND day = %(day)s
    GROUP BY device_type, device_id HAVING COUNT(*) > 1
) AS repeated
UNION ALL
SELECT 'type_clicks_by_day', COUNT(*)
FROM (
    SELECT 1 AS one FROM type_clicks_by_day
    WHERE time_zone = %(time_zone)s AND day = %(day)s
    GROUP BY device_type HAVING COUNT(*) > 1
) AS repeated
