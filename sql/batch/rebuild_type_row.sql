-- Index: PRIMARY of both. Totals and devices of one minute and type, from its rows as they are now.
INSERT INTO type_clicks_by_minute (minute, device_type, clicks, events, devices)
SELECT %(minute)s, %(device_type)s, COALESCE(SUM(clicks), 0), COALESCE(SUM(events), 0), COUNT(*)
FROM clicks_by_minute WHERE minute = %(minute)s AND device_type = %(device_type)s
ON DUPLICATE KEY UPDATE clicks = VALUES(clicks), events = VALUES(events), devices = VALUES(devices)
