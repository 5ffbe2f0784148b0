-- Every device with all that it ever did: the hour rows of reconciled and sealed hours, and the
-- minute rows of all others. First and last seen are computed, so they are right in any order of
-- arrival and after any correction. Built like hourly_clicks. Index: by_device of clicks_by_hour and
-- clicks_by_minute for a question about one. INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW devices AS
WITH RECURSIVE series (number) AS (
    SELECT 0
    UNION ALL
    SELECT number + 1 FROM series WHERE number < 59
)
SELECT
    parts.device_type,
    parts.device_id,
    MIN(parts.first_minute) AS first_seen,
    MAX(parts.last_minute) AS last_seen,
    SUM(parts.clicks) AS clicks,
    SUM(parts.events) AS events
FROM (
    SELECT
        built.device_type,
        built.device_id,
        built.first_minute,
        built.last_minute,
        built.clicks,
        built.events
    FROM clicks_by_hour AS built
    INNER JOIN hours ON hours.hour = built.hour AND hours.state IN ('reconciled', 'sealed')
    UNION ALL
    SELECT
        counted.device_type,
        counted.device_id,
        counted.minute,
        counted.minute,
        counted.clicks,
        counted.events
    FROM hours
    CROSS JOIN series
    STRAIGHT_JOIN clicks_by_minute AS counted
        ON counted.minute = hours.hour + INTERVAL series.number MINUTE
    WHERE hours.state NOT IN ('reconciled', 'sealed')
) AS parts
GROUP BY parts.device_type, parts.device_id;
