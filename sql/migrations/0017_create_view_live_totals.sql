-- The last 60 minutes, the running one included, over all types; 0 for a minute without clicks.
-- A device that reports as two types is two devices, here and everywhere.
-- Index: type_clicks_by_minute PRIMARY (minute, device_type). INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW live_totals AS
WITH RECURSIVE minutes (minute) AS (
    SELECT UTC_TIMESTAMP() - INTERVAL 59 MINUTE - INTERVAL SECOND(UTC_TIMESTAMP()) SECOND
    UNION ALL
    SELECT minute + INTERVAL 1 MINUTE FROM minutes
    WHERE minute <= UTC_TIMESTAMP() - INTERVAL 1 MINUTE
)
SELECT
    minutes.minute,
    COALESCE(SUM(counted.clicks), 0) AS clicks,
    COALESCE(SUM(counted.events), 0) AS events,
    COALESCE(SUM(counted.devices), 0) AS devices
FROM minutes
LEFT JOIN type_clicks_by_minute AS counted ON counted.minute = minutes.minute
GROUP BY minutes.minute;
