-- Devices of the last 60 minutes (the running one included), most clicks first. Equal devices
-- stand in the order of their key, so the same data always gives the same places.
-- Index: clicks_by_minute PRIMARY (minute, device_type, device_id). INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW top_devices_last_hour AS
SELECT
    ROW_NUMBER() OVER (
        ORDER BY SUM(clicks) DESC, SUM(events) DESC, device_type, device_id
    ) AS place,
    device_type,
    device_id,
    SUM(clicks) AS clicks,
    SUM(events) AS events
FROM clicks_by_minute
WHERE minute > UTC_TIMESTAMP() - INTERVAL 60 MINUTE AND minute <= UTC_TIMESTAMP()
GROUP BY device_type, device_id;
