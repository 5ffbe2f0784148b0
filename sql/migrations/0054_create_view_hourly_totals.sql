-- The same per device type, with the exact number of different devices. Built like hourly_clicks.
-- Index: PRIMARY of hours, type_clicks_by_hour and clicks_by_minute. INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW hourly_totals AS
WITH RECURSIVE series (number) AS (
    SELECT 0
    UNION ALL
    SELECT number + 1 FROM series WHERE number < 59
)
SELECT
    built.hour,
    built.device_type,
    built.clicks,
    built.events,
    built.devices,
    'batch' AS source
FROM type_clicks_by_hour AS built
INNER JOIN hours ON hours.hour = built.hour AND hours.state IN ('reconciled', 'sealed')
UNION ALL
SELECT
    hours.hour,
    counted.device_type,
    SUM(counted.clicks),
    SUM(counted.events),
    COUNT(DISTINCT counted.device_id),
    'stream'
FROM hours
CROSS JOIN series
STRAIGHT_JOIN clicks_by_minute AS counted
    ON counted.minute = hours.hour + INTERVAL series.number MINUTE
WHERE hours.state NOT IN ('reconciled', 'sealed')
GROUP BY hours.hour, counted.device_type;
