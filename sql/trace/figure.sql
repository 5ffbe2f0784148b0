-- Index: PRIMARY of hours, clicks_by_minute and clicks_by_hour. A row per asked key, whether there is a
-- figure or not. A sealed hour has no minute rows any more: its own figure stands for them.
SELECT hours.state AS hour_state, counted.clicks, counted.events,
    built.clicks AS hour_clicks, built.events AS hour_events
FROM (
    SELECT CAST(%(minute)s AS DATETIME) AS minute, CAST(%(hour)s AS DATETIME) AS hour
) AS asked
LEFT JOIN hours ON hours.hour = asked.hour
LEFT JOIN clicks_by_minute AS counted
    ON counted.minute = asked.minute AND counted.device_type = %(device_type)s
    AND counted.device_id = %(device_id)s
LEFT JOIN clicks_by_hour AS built
    ON built.hour = asked.hour AND hours.state = 'sealed'
    AND built.device_type = %(device_type)s AND built.device_id = %(device_id)s
