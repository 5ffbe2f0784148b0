-- Index: type_clicks_by_minute PRIMARY (minute, …), a small part of clicks_by_minute;
-- type_clicks_by_hour and clicks_by_hour PRIMARY (hour, …). Only reconciled hours: others are not
-- served from their hour rows.
WITH sides AS (
    SELECT
        minute - INTERVAL MINUTE(minute) MINUTE AS hour, device_type, clicks AS minute_clicks,
        events AS minute_events, 0 AS hour_clicks, 0 AS hour_events, 0 AS devices, 0 AS hour_rows
    FROM type_clicks_by_minute
    UNION ALL
    SELECT hour, device_type, 0, 0, clicks, events, devices, 0
    FROM type_clicks_by_hour
    UNION ALL
    SELECT hour, device_type, 0, 0, 0, 0, 0, 1
    FROM clicks_by_hour
), compared AS (
    SELECT
        hour, device_type, SUM(minute_clicks) AS minute_clicks, SUM(hour_clicks) AS hour_clicks,
        SUM(minute_events) AS minute_events, SUM(hour_events) AS hour_events,
        SUM(devices) AS devices, SUM(hour_rows) AS hour_rows
    FROM sides
    GROUP BY hour, device_type
)
SELECT compared.*, COUNT(*) OVER () AS violations
FROM compared
JOIN hours ON hours.hour = compared.hour AND hours.state = 'reconciled'
WHERE minute_clicks <> hour_clicks OR minute_events <> hour_events OR devices <> hour_rows
ORDER BY compared.hour, device_type
LIMIT 20;
