-- Index: type_clicks_by_minute PRIMARY (minute, device_type), through the view.
-- The last 60 minutes per type seen in them, oldest first, one row a minute and type.
SELECT minute, device_type, clicks, events, devices
FROM live_type_totals
ORDER BY minute, device_type;
