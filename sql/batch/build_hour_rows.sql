-- Index: clicks_by_minute PRIMARY (minute, …): a run of it.
INSERT INTO clicks_by_hour (hour, device_type, device_id, clicks, events, first_minute, last_minute)
SELECT %(hour)s, device_type, device_id, SUM(clicks), SUM(events), MIN(minute), MAX(minute)
FROM clicks_by_minute WHERE minute >= %(hour)s AND minute < %(end)s
GROUP BY device_type, device_id
