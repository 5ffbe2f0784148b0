-- Index: PRIMARY of hours and clicks_by_minute. A row per asked key, whether there is a figure or not.
SELECT hours.state AS hour_state, counted.clicks, counted.events
FROM (
    SELECT CAST(%(minute)s AS DATETIME) AS minute, CAST(%(hour)s AS DATETIME) AS hour
) AS asked
LEFT JOIN hours ON hours.hour = asked.hour
LEFT JOIN clicks_by_minute AS counted
    ON counted.minute = asked.minute AND counted.device_type = %(device_type)s
    AND counted.device_id = %(device_id)s
