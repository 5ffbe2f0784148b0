-- Index: type_clicks_by_hour PRIMARY (hour, …). Grouped, for a lost key may hide behind it.
SELECT
    hour,
    device_type,
    CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events,
    CAST(SUM(devices) AS SIGNED) AS devices,
    CAST(SUM(clicks < 0 OR events < 1 OR devices < 1) AS SIGNED) AS impossible_counts,
    CAST(SUM(COALESCE(device_type, '') = '') AS SIGNED) AS empty_keys
FROM type_clicks_by_hour
WHERE hour >= %(first_hour)s AND hour < %(ends_at)s
GROUP BY hour, device_type
