-- Index: PRIMARY (minute, device_type).
SELECT minute, device_type, clicks, events, devices FROM type_clicks_by_minute
WHERE minute >= %s AND minute < %s
