-- Index: PRIMARY (time_zone, day, version).
UPDATE exports SET hours_version = %s WHERE time_zone = %s AND day = %s AND version = %s
