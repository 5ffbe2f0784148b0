-- Index: clicks_by_minute PRIMARY (minute, …): one run of it, into few groups. An hour that the day
-- cuts is there whole; day_clicks and day_events are of the part that belongs to the day.
SELECT
    minute - INTERVAL MINUTE(minute) MINUTE - INTERVAL SECOND(minute) SECOND AS hour,
    device_type,
    CAST(COUNT(*) AS SIGNED) AS keys_counted,
    CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events,
    CAST(
        SUM(CASE WHEN minute >= %(starts_at)s AND minute < %(ends_at)s THEN clicks ELSE 0 END)
        AS SIGNED
    ) AS day_clicks,
    CAST(
        SUM(CASE WHEN minute >= %(starts_at)s AND minute < %(ends_at)s THEN events ELSE 0 END)
        AS SIGNED
    ) AS day_events,
    CAST(SUM(clicks < 0 OR events < 1) AS SIGNED) AS impossible_counts,
    CAST(SUM(COALESCE(device_type, '') = '' OR COALESCE(device_id, '') = '') AS SIGNED)
        AS empty_keys
FROM clicks_by_minute
WHERE minute >= %(first_hour)s AND minute < %(hours_end)s
GROUP BY hour, device_type
