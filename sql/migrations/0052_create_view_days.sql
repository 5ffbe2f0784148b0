-- Every day of the report time zone that has an hour, with its state:
--   final        built, and no hour of it has moved since: also when a late event reopens one, the
--                day is provisional at once, because the state is computed here and kept nowhere
--   provisional  not built yet, or an hour has moved
--   incomplete   not built, and minute rows that it is made of are dropped (another time zone was in
--                force then)
-- source says from where its figures are served: a day with a sealed hour always from its day rows.
-- The condition at the end only keeps the far past and future out of the join.
-- Index: report_calendar PRIMARY (day) or by_start, hours PRIMARY (hour), built_days PRIMARY.
-- INVOKER: see live_type_totals.
CREATE OR REPLACE SQL SECURITY INVOKER VIEW days AS
SELECT
    calendar.day,
    calendar.time_zone,
    calendar.starts_at,
    calendar.ends_at,
    CASE
        WHEN MIN(hours.state IN ('reconciled', 'sealed')) = 1
            AND SUM(hours.version) = MAX(built.hours_version) THEN 'final'
        WHEN MAX(hours.state = 'sealed') = 1 AND MAX(built.run) IS NULL THEN 'incomplete'
        ELSE 'provisional'
    END AS state,
    CASE
        WHEN MAX(built.run) IS NOT NULL AND (
            MAX(hours.state = 'sealed') = 1
            OR MIN(hours.state = 'reconciled') = 1
            AND SUM(hours.version) = MAX(built.hours_version)
        ) THEN 'batch'
        ELSE 'stream'
    END AS source,
    COUNT(*) AS hours,
    SUM(hours.state IN ('reconciled', 'sealed')) AS reconciled_hours,
    MAX(built.run) AS run,
    MAX(built.built_at) AS built_at
FROM report_calendar AS calendar
STRAIGHT_JOIN hours ON hours.hour >= calendar.first_hour AND hours.hour < calendar.ends_at
LEFT JOIN built_days AS built
    ON built.time_zone = calendar.time_zone AND built.day = calendar.day
    AND built.starts_at = calendar.starts_at AND built.ends_at = calendar.ends_at
WHERE calendar.starts_at > (SELECT MIN(hours.hour) FROM hours) - INTERVAL 2 DAY
    AND calendar.starts_at <= (SELECT MAX(hours.hour) FROM hours) + INTERVAL 1 HOUR
GROUP BY calendar.day, calendar.time_zone, calendar.starts_at, calendar.ends_at;
