-- Index: PRIMARY (time_zone, day, version, target): the second one changes nothing.
INSERT IGNORE INTO export_deliveries (time_zone, day, version, target, claimed_at)
VALUES (%s, %s, %s, %s, UTC_TIMESTAMP(3))
