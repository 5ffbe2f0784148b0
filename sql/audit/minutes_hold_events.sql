-- Reads all of clicks_by_minute, once.
SELECT minute, device_type, device_id, clicks, events, COUNT(*) OVER () AS violations
FROM clicks_by_minute
WHERE events <= 0 OR clicks < 0 OR SECOND(minute) <> 0
ORDER BY minute, device_type, device_id
LIMIT 20;
