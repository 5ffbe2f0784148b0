-- Index: clicks_by_hour PRIMARY (hour, …): one run of it.
SELECT
    hour,
    device_type,
    CAST(COUNT(*) AS SIGNED) AS devices,
    CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events,
    CAST(SUM(clicks < 0 OR events < 1) AS SIGNED) AS impossible_counts,
    CAST(SUM(COALESCE(device_type, '') = '' OR COALESCE(device_id, '') = '') AS SIGNED)
        AS empty_keys
FROM clicks_by_hour
WHERE hour >= %(first_hour)s AND hour < %(ends_at)s
GROUP BY hour, device_type
