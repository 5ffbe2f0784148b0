-- Index: type_clicks_by_day PRIMARY (time_zone, day, …).
SELECT
    device_type,
    CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events,
    CAST(SUM(devices) AS SIGNED) AS devices,
    CAST(SUM(clicks < 0 OR events < 1 OR devices < 1) AS SIGNED) AS impossible_counts,
    CAST(SUM(COALESCE(device_type, '') = '') AS SIGNED) AS empty_keys
FROM type_clicks_by_day
WHERE time_zone = %(time_zone)s AND day = %(day)s
GROUP BY device_type
