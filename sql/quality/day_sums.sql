-- Index: clicks_by_day PRIMARY (time_zone, day, …): one run of it. top_clicks: of one device.
SELECT
    device_type,
    CAST(COUNT(*) AS SIGNED) AS devices,
    CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events,
    CAST(MAX(clicks) AS SIGNED) AS top_clicks,
    CAST(SUM(clicks < 0 OR events < 1) AS SIGNED) AS impossible_counts,
    CAST(SUM(COALESCE(device_type, '') = '' OR COALESCE(device_id, '') = '') AS SIGNED)
        AS empty_keys
FROM clicks_by_day
WHERE time_zone = %(time_zone)s AND day = %(day)s
GROUP BY device_type
