-- Index: clicks_by_minute by_device (device_id, minute).
-- The newest %(limit)s minutes of device %(device_id)s in %(start)s..%(end)s (DATETIME, UTC, end
-- not included), newest first. A device that reported as two types has two rows in a minute.
SELECT minute, device_type, clicks, events
FROM device_history
WHERE device_id = %(device_id)s AND minute >= %(start)s AND minute < %(end)s
ORDER BY minute DESC, device_type
LIMIT %(limit)s;
