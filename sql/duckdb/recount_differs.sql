-- How many devices of a bundle's Parquet files differ from what raw records come to.
SELECT count(*)
FROM (SELECT device_type, device_id, clicks, events FROM read_parquet(?)) AS published
FULL JOIN (
    SELECT device_type, device_id, sum(clicks) AS clicks, sum(events) AS events
    FROM recounted
    GROUP BY ALL
) AS counted USING (device_type, device_id)
WHERE published.clicks IS DISTINCT FROM counted.clicks
    OR published.events IS DISTINCT FROM counted.events
