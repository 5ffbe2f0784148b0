-- Index: PRIMARY (minute, device_type, device_id): one range read, grouped on the server.
SELECT CAST(%(day)s AS DATE) AS day, device_type, device_id, CAST(SUM(clicks) AS SIGNED) AS clicks,
    CAST(SUM(events) AS SIGNED) AS events
FROM clicks_by_minute
WHERE minute >= %(start)s AND minute < %(end)s
GROUP BY device_type, device_id
ORDER BY device_type, device_id
