-- Each device's days of the report time zone: built days from the day rows, all others from minute
-- rows; state and source as the view days has them. Index: PRIMARY of report_calendar, hours,
-- clicks_by_day and clicks_by_minute; by_device of the last two. INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW daily_clicks AS
SELECT
    days.day,
    built.device_type,
    built.device_id,
    built.clicks,
    built.events,
    days.state,
    days.source
FROM days
STRAIGHT_JOIN clicks_by_day AS built
    ON built.time_zone = days.time_zone AND built.day = days.day
WHERE days.source = 'batch'
UNION ALL
SELECT
    days.day,
    counted.device_type,
    counted.device_id,
    SUM(counted.clicks),
    SUM(counted.events),
    days.state,
    days.source
FROM days
STRAIGHT_JOIN clicks_by_minute AS counted
    ON counted.minute >= days.starts_at AND counted.minute < days.ends_at
WHERE days.source = 'stream'
GROUP BY days.day, days.state, days.source, counted.device_type, counted.device_id;
