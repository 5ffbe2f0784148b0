-- Index: clicks_by_minute PRIMARY gives the groups in order: one pass, nothing is sorted.
WITH sides AS (
    SELECT minute, device_type, SUM(events > 0) AS minute_rows, 0 AS devices
    FROM clicks_by_minute
    GROUP BY minute, device_type
    UNION ALL
    SELECT minute, device_type, 0, devices
    FROM type_clicks_by_minute
), compared AS (
    SELECT minute, device_type, SUM(minute_rows) AS minute_rows, SUM(devices) AS devices
    FROM sides
    GROUP BY minute, device_type
)
SELECT compared.*, COUNT(*) OVER () AS violations
FROM compared
WHERE minute_rows <> devices
ORDER BY minute, device_type
LIMIT 20;
