-- The same per device type, with the exact number of different devices.
-- Index: PRIMARY of report_calendar, hours, type_clicks_by_day and clicks_by_minute. INVOKER: see
-- live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW daily_totals AS
SELECT
    days.day,
    built.device_type,
    built.clicks,
    built.events,
    built.devices,
    days.state,
    days.source
FROM days
STRAIGHT_JOIN type_clicks_by_day AS built
    ON built.time_zone = days.time_zone AND built.day = days.day
WHERE days.source = 'batch'
UNION ALL
SELECT
    days.day,
    counted.device_type,
    SUM(counted.clicks),
    SUM(counted.events),
    COUNT(DISTINCT counted.device_id),
    days.state,
    days.source
FROM days
STRAIGHT_JOIN clicks_by_minute AS counted
    ON counted.minute >= days.starts_at AND counted.minute < days.ends_at
WHERE days.source = 'stream'
GROUP BY days.day, days.state, days.source, counted.device_type;
