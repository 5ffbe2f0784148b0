-- Index: PRIMARY (hour).
INSERT INTO reconciled_hours (hour, run, version, cut, clicks, events, devices, reconciled_at)
VALUES (%s, %s, %s, %s, 0, 0, 0, UTC_TIMESTAMP(3))
ON DUPLICATE KEY UPDATE run = VALUES(run), version = VALUES(version), cut = VALUES(cut),
    clicks = 0, events = 0, devices = 0, reconciled_at = VALUES(reconciled_at)
