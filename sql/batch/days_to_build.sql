-- Through the view days: reads report_calendar's days that have hours, and hours.
SELECT time_zone, day, starts_at, ends_at FROM days
WHERE state IN ('provisional', 'incomplete') AND reconciled_hours = hours AND ends_at <= %s
ORDER BY day
