-- Index: clicks_by_day PRIMARY (time_zone, day, …): a run of it.
INSERT INTO type_clicks_by_day (time_zone, day, device_type, clicks, events, devices)
SELECT time_zone, day, device_type, SUM(clicks), SUM(events), COUNT(*)
FROM clicks_by_day WHERE time_zone = %(time_zone)s AND day = %(day)s
GROUP BY time_zone, day, device_type
