-- Index: PRIMARY of clicks_by_minute and clicks_by_hour for the range, then for each device
-- by_device (device_id, …) of both.
-- Per type: how many devices have an event in %(start)s..%(end)s (DATETIME, UTC, whole minutes, end
-- not included), how many of them had none before (new) and how many had (returning). Right in any
-- order of arrival: nothing is remembered. Sealed hours have no minute rows, only hour rows.
WITH seen AS (
    SELECT DISTINCT device_type, device_id
    FROM clicks_by_minute WHERE minute >= %(start)s AND minute < %(end)s
    UNION
    SELECT built.device_type, built.device_id
    FROM hours
    INNER JOIN clicks_by_hour AS built ON built.hour = hours.hour
    WHERE hours.state = 'sealed' AND hours.hour >= %(start)s - INTERVAL 1 HOUR
        AND hours.hour < %(end)s
        AND built.last_minute >= %(start)s AND built.first_minute < %(end)s
), judged AS (
    SELECT seen.device_type, seen.device_id,
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
    FROM seen
)
SELECT device_type, COUNT(*) AS devices, SUM(1 - is_returning) AS new_devices,
    SUM(is_returning) AS returning_devices
FROM judged
GROUP BY device_type
ORDER BY devices DESC, device_type;
