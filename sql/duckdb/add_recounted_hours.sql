-- minutes is an Arrow table of some hours, clock_hours one of the day's hours on the clock.
INSERT INTO recounted_hours
SELECT start_ms, device_type, sum(clicks), sum(events)
FROM minutes
INNER JOIN clock_hours ON minute_ms >= start_ms AND minute_ms < end_ms
GROUP BY ALL
