-- Index: PRIMARY (minute, device_type, device_id).
INSERT INTO clicks_by_minute (minute, device_type, device_id, clicks, events)
VALUES (%s, %s, %s, %s, %s)
ON DUPLICATE KEY UPDATE clicks = VALUES(clicks), events = VALUES(events)
