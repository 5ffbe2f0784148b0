-- One device's minutes: ask WHERE device_id = '...' (AND minute >= ...) ORDER BY minute.
-- Index: clicks_by_minute by_device (device_id, minute). INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW device_history AS
SELECT device_id, device_type, minute, clicks, events
FROM clicks_by_minute;
