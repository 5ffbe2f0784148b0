-- Index: PRIMARY (time_zone, day, version, target).
UPDATE export_deliveries SET delivered_at = UTC_TIMESTAMP(3)
WHERE time_zone = %s AND day = %s AND version = %s AND target = %s
