-- Through the view days: reads report_calendar's days that have hours, and hours.
SELECT days.day, days.time_zone, days.starts_at, days.ends_at, days.state, days.source, days.hours,
    days.reconciled_hours,
    (
        SELECT SUM(hours.version) FROM hours
        WHERE hours.hour >= days.starts_at - INTERVAL MINUTE(days.starts_at) MINUTE
            AND hours.hour < days.ends_at
    ) AS versions
FROM days
WHERE days.day >= %s AND days.day <= %s
ORDER BY days.day
