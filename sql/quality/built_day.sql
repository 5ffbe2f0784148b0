-- Through the view days, by its day; index: built_days PRIMARY (time_zone, day).
SELECT
    days.time_zone, days.day, days.starts_at, days.ends_at, built.run, built.hours_version,
    built.clicks, built.events, built.devices
FROM days
INNER JOIN built_days AS built ON built.time_zone = days.time_zone AND built.day = days.day
WHERE days.day = %s AND days.state = 'final'
