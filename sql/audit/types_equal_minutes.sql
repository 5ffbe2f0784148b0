-- Index: clicks_by_minute PRIMARY gives the groups in order: one pass, nothing is sorted.
-- Neither server has a full outer join: both sides are put under each other and summed.
WITH sides AS (
    SELECT
        minute, device_type, SUM(clicks) AS minute_clicks, SUM(events) AS minute_events,
        0 AS type_clicks, 0 AS type_events
    FROM clicks_by_minute
    GROUP BY minute, device_type
    UNION ALL
    SELECT minute, device_type, 0, 0, clicks, events
    FROM type_clicks_by_minute
), compared AS (
    SELECT
        minute,
        device_type,
        SUM(minute_clicks) AS minute_clicks,
        SUM(type_clicks) AS type_clicks,
        SUM(minute_events) AS minute_events,
        SUM(type_events) AS type_events
    FROM sides
    GROUP BY minute, device_type
)
SELECT compared.*, COUNT(*) OVER () AS violations
FROM compared
WHERE minute_clicks <> type_clicks OR minute_events <> type_events
ORDER BY minute, device_type
LIMIT 20;
