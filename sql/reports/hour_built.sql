-- Index: PRIMARY (hour, device_type). One whole hour of UTC.
SELECT device_type, clicks, events, devices
FROM type_clicks_by_hour
WHERE hour >= %(start)s AND hour < %(end)s
ORDER BY device_type
