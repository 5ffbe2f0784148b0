-- Index: PRIMARY (minute, device_type, device_id).
SELECT device_id, clicks, events FROM clicks_by_minute WHERE minute = %s AND device_type = %s
