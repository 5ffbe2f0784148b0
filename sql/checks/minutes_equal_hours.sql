-- Index: type_clicks_by_minute PRIMARY (minute, …) and type_clicks_by_hour PRIMARY (hour, …). With
-- minutes_equal_types and hours_equal_types: the hour rows are the sums of the minute rows.
WITH sides AS (
    SELECT
        minute - INTERVAL MINUTE(minute) MINUTE - INTERVAL SECOND(minute) SECOND AS hour,
        device_type, clicks AS minute_clicks, events AS minute_events, 0 AS hour_clicks,
        0 AS hour_events
    FROM type_clicks_by_minute
    WHERE minute >= %(start)s AND minute < %(end)s
    UNION ALL
    SELECT hour, device_type, 0, 0, clicks, events
    FROM type_clicks_by_hour
    WHERE hour >= %(start)s AND hour < %(end)s
), compared AS (
    SELECT
        hour, device_type, SUM(minute_clicks) AS minute_clicks, SUM(hour_clicks) AS hour_clicks,
        SUM(minute_events) AS minute_events, SUM(hour_events) AS hour_events
    FROM sides
    GROUP BY hour, device_type
)
SELECT compared.*
FROM compared
INNER JOIN hours ON hours.hour = compared.hour AND hours.state = 'reconciled'
WHERE minute_clicks <> hour_clicks OR minute_events <> hour_events
ORDER BY compared.hour, compared.device_type
