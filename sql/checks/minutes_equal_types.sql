-- Index: clicks_by_minute PRIMARY gives the groups in order; type_clicks_by_minute PRIMARY. Both
-- sides are put under each other and summed: neither server has a full outer join.
WITH sides AS (
    SELECT
        minute, device_type, SUM(clicks) AS clicks, SUM(events) AS events, COUNT(*) AS devices,
        0 AS type_clicks, 0 AS type_events, 0 AS type_devices
    FROM clicks_by_minute
    WHERE minute >= %(start)s AND minute < %(end)s
    GROUP BY minute, device_type
    UNION ALL
    SELECT minute, device_type, 0, 0, 0, clicks, events, devices
    FROM type_clicks_by_minute
    WHERE minute >= %(start)s AND minute < %(end)s
), compared AS (
    SELECT
        minute - INTERVAL MINUTE(minute) MINUTE - INTERVAL SECOND(minute) SECOND AS hour,
        minute, device_type, SUM(clicks) AS clicks, SUM(events) AS events, SUM(devices) AS devices,
        SUM(type_clicks) AS type_clicks, SUM(type_events) AS type_events,
        SUM(type_devices) AS type_devices
    FROM sides
    GROUP BY minute, device_type
)
SELECT hours.hour, COUNT(*) AS minutes_of_types, MIN(compared.device_type) AS one_type
FROM compared
INNER JOIN hours ON hours.hour = compared.hour AND hours.state = 'reconciled'
WHERE compared.clicks <> compared.type_clicks OR compared.events <> compared.type_events
    OR compared.devices <> compared.type_devices
GROUP BY hours.hour
