-- Index: clicks_by_hour PRIMARY gives the groups in order; type_clicks_by_hour PRIMARY.
WITH sides AS (
    SELECT
        hour, device_type, SUM(clicks) AS clicks, SUM(events) AS events, COUNT(*) AS devices,
        0 AS type_clicks, 0 AS type_events, 0 AS type_devices
    FROM clicks_by_hour
    WHERE hour >= %(start)s AND hour < %(end)s
    GROUP BY hour, device_type
    UNION ALL
    SELECT hour, device_type, 0, 0, 0, clicks, events, devices
    FROM type_clicks_by_hour
    WHERE hour >= %(start)s AND hour < %(end)s
), compared AS (
    SELECT
        hour, device_type, SUM(clicks) AS clicks, SUM(type_clicks) AS type_clicks,
        SUM(events) AS events, SUM(type_events) AS type_events,
        SUM(devices) AS devices, SUM(type_devices) AS type_devices
    FROM sides
    GROUP BY hour, device_type
)
SELECT compared.*
FROM compared
INNER JOIN hours ON hours.hour = compared.hour AND hours.state = 'reconciled'
WHERE clicks <> type_clicks OR events <> type_events OR devices <> type_devices
ORDER BY compared.hour, compared.device_type
