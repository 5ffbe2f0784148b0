-- The independent count: minute rows of the accepted events.
SELECT minute_ms, device_type, device_id, CAST(sum(click) AS BIGINT) AS clicks, count(*) AS events
FROM ({accepted_events})
GROUP BY ALL
