-- Hours on the clock in which a type of a bundle's Parquet files differs from what raw records come to.
SELECT DISTINCT hour_ms
FROM (
    SELECT epoch_ms(hour) AS hour_ms, device_type, clicks, events FROM read_parquet(?)
) AS published
FULL JOIN (
    SELECT hour_ms, device_type, sum(clicks) AS clicks, sum(events) AS events
    FROM recounted_hours
    GROUP BY ALL
) AS counted USING (hour_ms, device_type)
WHERE published.clicks IS DISTINCT FROM counted.clicks
    OR published.events IS DISTINCT FROM counted.events
