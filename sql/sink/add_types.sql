-- Index: PRIMARY (minute, device_type). ``devices`` is how many new minute rows this batch made.
INSERT INTO type_clicks_by_minute (minute, device_type, clicks, events, devices) VALUES {rows}
ON DUPLICATE KEY UPDATE clicks = clicks + VALUES(clicks), events = events + VALUES(events),
  devices = devices + VALUES(devices)
