-- Index: type_clicks_by_minute PRIMARY (minute, device_type), through the view.
-- The last %(minutes)s minutes, the running one included, per type; newest first.
SELECT minute, device_type, clicks, events, devices
FROM live_type_totals
WHERE minute > UTC_TIMESTAMP() - INTERVAL %(minutes)s MINUTE
ORDER BY minute DESC, device_type;
