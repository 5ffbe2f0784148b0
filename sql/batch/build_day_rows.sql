-- Index: PRIMARY of clicks_by_hour and clicks_by_minute: a run of each. Whole hours come from their
-- hour rows, which are fewer; an hour that the day cuts comes from minute rows.
INSERT INTO clicks_by_day (time_zone, day, device_type, device_id, clicks, events)
SELECT %(time_zone)s, %(day)s, device_type, device_id, SUM(clicks), SUM(events)
FROM (
    SELECT device_type, device_id, clicks, events FROM clicks_by_hour
    WHERE hour >= %(first_whole_hour)s AND hour < %(whole_hours_end)s
    UNION ALL
    SELECT device_type, device_id, clicks, events FROM clicks_by_minute
    WHERE minute >= %(starts_at)s AND minute < %(first_whole_hour)s
    UNION ALL
    SELECT device_type, device_id, clicks, events FROM clicks_by_minute
    WHERE minute >= %(whole_hours_end)s AND minute < %(ends_at)s
) AS parts
GROUP BY device_type, device_id
