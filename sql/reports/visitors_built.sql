-- Index: clicks_by_day PRIMARY (time_zone, day, …) for the day, then for each device by_device of
-- clicks_by_minute and of clicks_by_hour. Sealed hours have no minute rows, only hour rows.
-- Per type: how many devices the day has, and how many of them have no event before it.
SELECT judged.device_type, COUNT(*) AS devices, SUM(1 - judged.is_returning) AS new_devices
FROM (
    SELECT seen.device_type,
        EXISTS (
            SELECT 1 FROM clicks_by_minute AS earlier
            WHERE earlier.device_id = seen.device_id AND earlier.device_type = seen.device_type
                AND earlier.minute < %(start)s
        ) OR EXISTS (
            SELECT 1
            FROM clicks_by_hour AS earlier
            INNER JOIN hours ON hours.hour = earlier.hour AND hours.state = 'sealed'
            WHERE earlier.device_id = seen.device_id AND earlier.device_type = seen.device_type
                AND earlier.hour < %(start)s AND earlier.first_minute < %(start)s
        ) AS is_returning
    FROM clicks_by_day AS seen
    WHERE seen.time_zone = %(time_zone)s AND seen.day = %(day)s
) AS judged
GROUP BY judged.device_type
ORDER BY devices DESC, judged.device_type
