-- Index: type_clicks_by_minute PRIMARY (minute, …): one run of it, into few groups.
SELECT
    minute - INTERVAL MINUTE(minute) MINUTE - INTERVAL SECOND(minute) SECOND AS hour,
    device_type,
    CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events,
    CAST(SUM(devices) AS SIGNED) AS devices,
    CAST(SUM(clicks < 0 OR events < 1 OR devices < 1) AS SIGNED) AS impossible_counts,
    CAST(SUM(COALESCE(device_type, '') = '') AS SIGNED) AS empty_keys
FROM type_clicks_by_minute
WHERE minute >= %(first_hour)s AND minute < %(hours_end)s
GROUP BY hour, device_type
