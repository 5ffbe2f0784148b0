-- Index: clicks_by_hour PRIMARY (hour, …): a run of it.
INSERT INTO type_clicks_by_hour (hour, device_type, clicks, events, devices)
SELECT hour, device_type, SUM(clicks), SUM(events), COUNT(*)
FROM clicks_by_hour WHERE hour = %(hour)s GROUP BY hour, device_type
