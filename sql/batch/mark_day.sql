-- Index: PRIMARY (time_zone, day); type_clicks_by_day PRIMARY (time_zone, day, …).
INSERT INTO built_days (time_zone, day, starts_at, ends_at, run, built_at, hours, hours_version,
    clicks, events, devices)
SELECT %(time_zone)s, %(day)s, %(starts_at)s, %(ends_at)s, %(run)s, UTC_TIMESTAMP(3), %(hours)s,
    %(hours_version)s, COALESCE(SUM(clicks), 0), COALESCE(SUM(events), 0), COALESCE(SUM(devices), 0)
FROM type_clicks_by_day WHERE time_zone = %(time_zone)s AND day = %(day)s
ON DUPLICATE KEY UPDATE starts_at = VALUES(starts_at), ends_at = VALUES(ends_at),
    run = VALUES(run), built_at = VALUES(built_at), hours = VALUES(hours),
    hours_version = VALUES(hours_version), clicks = VALUES(clicks), events = VALUES(events),
    devices = VALUES(devices)
