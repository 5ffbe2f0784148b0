-- minutes is an Arrow table of some hours; a day may cut the first and the last.
INSERT INTO recounted
SELECT device_type, device_id, sum(clicks), sum(events)
FROM minutes
WHERE minute_ms >= ? AND minute_ms < ?
GROUP BY ALL
