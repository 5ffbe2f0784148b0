-- Accepted values, by their bytes, with how often they occur. Parts are put together by the caller.
SELECT value, minute_ms, device_type, device_id, click, count(*) AS copies
FROM ({accepted_events})
GROUP BY ALL
