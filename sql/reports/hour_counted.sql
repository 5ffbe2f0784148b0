-- Index: PRIMARY (minute, device_type, device_id): one range read.
SELECT device_type, CAST(SUM(clicks) AS SIGNED) AS clicks, CAST(SUM(events) AS SIGNED) AS events,
    COUNT(DISTINCT device_id) AS devices
FROM clicks_by_minute
WHERE minute >= %(start)s AND minute < %(end)s
GROUP BY device_type
ORDER BY device_type
