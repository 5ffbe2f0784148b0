-- Each device's hours: reconciled and sealed hours from the hour rows, all others from minute rows;
-- source says which. Index: PRIMARY of hours, clicks_by_hour and clicks_by_minute for a question
-- about hours, by_device of the last two for one about a device.
-- The minutes of an hour are looked up one by one: joined by a range, MariaDB 11.4 reads the whole
-- table where the result is grouped, and both servers read a device's every minute for every hour.
-- STRAIGHT_JOIN: the hours that are not reconciled are few. INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW hourly_clicks AS
WITH RECURSIVE series (number) AS (
    SELECT 0
    UNION ALL
    SELECT number + 1 FROM series WHERE number < 59
)
SELECT
    built.hour,
    built.device_type,
    built.device_id,
    built.clicks,
    built.events,
    'batch' AS source
FROM clicks_by_hour AS built
INNER JOIN hours ON hours.hour = built.hour AND hours.state IN ('reconciled', 'sealed')
UNION ALL
SELECT
    hours.hour,
    counted.device_type,
    counted.device_id,
    SUM(counted.clicks),
    SUM(counted.events),
    'stream'
FROM hours
CROSS JOIN series
STRAIGHT_JOIN clicks_by_minute AS counted
    ON counted.minute = hours.hour + INTERVAL series.number MINUTE
WHERE hours.state NOT IN ('reconciled', 'sealed')
GROUP BY hours.hour, counted.device_type, counted.device_id;
