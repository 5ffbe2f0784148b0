-- Index: PRIMARY (minute, device_type).
DELETE FROM type_clicks_by_minute WHERE minute = %s AND device_type = %s AND devices = 0
