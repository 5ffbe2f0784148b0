-- Index: PRIMARY (minute, device_type, device_id).
DELETE FROM clicks_by_minute WHERE minute = %s AND device_type = %s AND device_id = %s
