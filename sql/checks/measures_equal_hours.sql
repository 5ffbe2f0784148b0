-- Index: event_measures_by_hour and type_clicks_by_hour PRIMARY (hour, …), corrections by_key (minute,
-- …). What DuckDB measured of the archive below the mark's cut is as many events as were counted,
-- but for the copies that were taken out.
WITH sides AS (
    SELECT hour, device_type, events AS measured, 0 AS counted
    FROM event_measures_by_hour
    WHERE hour >= %(start)s AND hour < %(end)s
    UNION ALL
    SELECT hour, device_type, 0, events
    FROM type_clicks_by_hour
    WHERE hour >= %(start)s AND hour < %(end)s
    UNION ALL
    SELECT minute - INTERVAL MINUTE(minute) MINUTE, device_type, 0, -events_delta
    FROM corrections
    WHERE minute >= %(start)s AND minute < %(end)s AND cause = 'duplicates'
), compared AS (
    SELECT hour, device_type, SUM(measured) AS measured, SUM(counted) AS counted
    FROM sides
    GROUP BY hour, device_type
)
SELECT compared.*
FROM compared
INNER JOIN hours ON hours.hour = compared.hour AND hours.state = 'reconciled'
WHERE measured <> counted
ORDER BY compared.hour, compared.device_type
