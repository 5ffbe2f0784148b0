-- Index: PRIMARY (hour); type_clicks_by_hour PRIMARY (hour, …).
INSERT INTO reconciled_hours (hour, run, version, cut, clicks, events, devices, reconciled_at)
SELECT %(hour)s, %(run)s, %(version)s, %(cut)s, COALESCE(SUM(clicks), 0), COALESCE(SUM(events), 0),
    COALESCE(SUM(devices), 0), UTC_TIMESTAMP(3)
FROM type_clicks_by_hour WHERE hour = %(hour)s
ON DUPLICATE KEY UPDATE run = VALUES(run), version = VALUES(version), cut = VALUES(cut),
    clicks = VALUES(clicks), events = VALUES(events), devices = VALUES(devices),
    reconciled_at = VALUES(reconciled_at)
