-- The last 60 minutes, the running one included, for every type seen in them; 0 without clicks.
-- Index: type_clicks_by_minute PRIMARY (minute, device_type).
-- SQL SECURITY INVOKER: readers may select from the tables anyway, and a view that runs as its
-- definer stops working (error 1449) when the owner user is created anew or a dump is restored.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW live_type_totals AS
WITH RECURSIVE minutes (minute) AS (
    SELECT UTC_TIMESTAMP() - INTERVAL 59 MINUTE - INTERVAL SECOND(UTC_TIMESTAMP()) SECOND
    UNION ALL
    SELECT minute + INTERVAL 1 MINUTE FROM minutes
    WHERE minute <= UTC_TIMESTAMP() - INTERVAL 1 MINUTE
), seen (device_type) AS (
    SELECT DISTINCT device_type FROM type_clicks_by_minute
    WHERE minute > UTC_TIMESTAMP() - INTERVAL 60 MINUTE AND minute <= UTC_TIMESTAMP()
)
SELECT
    minutes.minute,
    seen.device_type,
    COALESCE(counted.clicks, 0) AS clicks,
    COALESCE(counted.events, 0) AS events,
    COALESCE(counted.devices, 0) AS devices
FROM minutes
CROSS JOIN seen
LEFT JOIN type_clicks_by_minute AS counted
    ON counted.minute = minutes.minute AND counted.device_type = seen.device_type;
