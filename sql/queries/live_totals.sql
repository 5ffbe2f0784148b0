-- Index: type_clicks_by_minute PRIMARY (minute, device_type), through the view.
-- The last 60 minutes over all types, oldest first, one row a minute.
SELECT minute, clicks, events, devices
FROM live_totals
ORDER BY minute;
