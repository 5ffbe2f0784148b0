-- Index: clicks_by_minute PRIMARY (minute, device_type, device_id): one range read.
-- The %(limit)s devices with most clicks in %(start)s..%(end)s (DATETIME, UTC, end not included).
-- Equal devices stand in the order of their key, so the same data always gives the same places.
SELECT
    ROW_NUMBER() OVER (
        ORDER BY SUM(clicks) DESC, SUM(events) DESC, device_type, device_id
    ) AS place,
    device_type,
    device_id,
    SUM(clicks) AS clicks,
    SUM(events) AS events
FROM clicks_by_minute
WHERE minute >= %(start)s AND minute < %(end)s
GROUP BY device_type, device_id
ORDER BY place
LIMIT %(limit)s;
